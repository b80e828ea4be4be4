import { createHmac, hkdfSync } from "node:crypto";
import { recentlyUsed } from "./recentlyUsed.ts";

const mostKept = 1000;

/** Makes the names by which people are told apart once their own are erased: the same for one person, of use only to who has the secret. */
export function createPseudonyms(secret: Uint8Array): (user: string) => string {
  const key = Buffer.from(hkdfSync("sha256", secret, "secgraph", "pseudonyms", 32));
  const kept = recentlyUsed<string>(mostKept);
  return (user) => {
    const known = kept.get(user);
    if (known !== undefined) return known;
    const made = createHmac("sha256", key).update(user.normalize("NFC").toLowerCase()).digest("base64url").slice(0, 22);
    kept.set(user, made);
    return made;
  };
}
