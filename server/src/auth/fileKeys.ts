import { readFileSync } from "node:fs";
import { readKeySet } from "./readKeySet.ts";
import type { KeySource } from "./trustedIssuer.ts";

/** The keys of an outside issuer from a JWK set in a file, read once; throws when it cannot be read. */
export function createFileKeys(path: string): KeySource {
  const keys = readKeySet(JSON.parse(readFileSync(path, "utf8")));
  if (keys.size === 0) throw new Error(`${path} holds no key that can verify signatures.`);
  return { find: async (kid) => keys.get(kid) };
}
