import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** The cost parameters of scrypt (RFC 7914, 2). */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const hashLength = 32;

/** A salted scrypt hash as text: `scrypt$N$r$p$salt$hash`, the last two in base64url. */
export async function scryptHash(text: string, cost: ScryptCost): Promise<string> {
  const salt = randomBytes(16);
  return write(cost, salt, await derive(text, salt, { ...cost, length: hashLength }));
}

/** A hash that no text is known for: comparing with it costs what comparing with a real one costs. */
export function unmatchedHash(cost: ScryptCost): string {
  return write(cost, randomBytes(16), randomBytes(hashLength));
}

/** True when the hash was made of this text; compared in constant time. */
export async function matchesScryptHash(text: string, kept: string): Promise<boolean> {
  const [scheme, n, r, p, salt, wanted] = kept.split("$");
  if (scheme !== "scrypt" || salt === undefined || wanted === undefined) return false;
  const expected = Buffer.from(wanted, "base64url");
  const made = await derive(text, Buffer.from(salt, "base64url"), { N: Number(n), r: Number(r), p: Number(p), length: expected.length });
  return timingSafeEqual(made, expected);
}

function write({ N, r, p }: ScryptCost, salt: Buffer, hash: Buffer): string {
  return ["scrypt", N, r, p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

function derive(text: string, salt: Uint8Array, { length, ...cost }: ScryptCost & { readonly length: number }): Promise<Buffer> {
  const maxmem = 256 * cost.N * cost.r;
  return new Promise((resolve, reject) => {
    scrypt(text, salt, length, { ...cost, maxmem }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
