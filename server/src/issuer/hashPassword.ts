import { matchesScryptHash, scryptHash, unmatchedHash } from "./scryptHash.ts";

/** People choose weaker secrets than machines do: three times 32 MB of work for a guess (OWASP Password Storage, scrypt). */
const cost = { N: 32_768, r: 8, p: 3 };

const shortest = 12;
const longest = 256;

/** What is kept of a password: a salted scrypt hash of its composed form (RFC 8265, 4.2). */
export function hashPassword(password: string): Promise<string> {
  return scryptHash(password.normalize("NFC"), cost);
}

/** True when the hash was made of this password. Without a hash (nobody of that name) it is false after the same work. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const matches = await matchesScryptHash(password.slice(0, 2 * longest).normalize("NFC"), hash ?? unmatchedHash(cost));
  return matches && hash !== undefined;
}

/** Why a password cannot be had; undefined for a good one. */
export function passwordFault(password: string, userPrincipalName: string): string | undefined {
  const { length } = Array.from(password.normalize("NFC"));
  if (length < shortest || length > longest) return `a password has ${shortest} to ${longest} characters.`;
  const lower = password.toLowerCase();
  const name = userPrincipalName.toLowerCase();
  if (lower === name || new Set(lower).size < 4) return "this password is too easy to guess.";
  return undefined;
}
