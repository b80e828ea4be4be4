import { complexType, enumType, evolvable, of, string } from "../edm/define.ts";
import type { Resource } from "../edm/resource.ts";

/** Hashes of files, in alerts, file profiles and indicators. */
export const fileHash: Resource = {
  name: "fileHash",
  types: [
    enumType("fileHashType", evolvable("unknown", "sha1", "sha256", "md5", "authenticodeHash256", "lsHash", "ctph")),
    complexType("fileHash", {
      hashType: of("fileHashType"),
      hashValue: string({ indexed: true }),
    }),
  ],
};
