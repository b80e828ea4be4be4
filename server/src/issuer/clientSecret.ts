import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { ScryptOptions } from "node:crypto";
import { randomGuid } from "../base/ids.ts";
import type { SecretHash } from "./issuerStore.ts";

const cost = { N: 16_384, r: 8, p: 1 };

/** A new client secret: 256 random bits in base64url. */
export function createClientSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret: a salted scrypt hash (RFC 7914) and its first characters. */
export async function hashClientSecret(secret: string, life: { readonly now?: number; readonly expires?: string } = {}): Promise<SecretHash> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, { ...cost, length: 32 });
  return {
    id: randomGuid(),
    hash: ["scrypt", cost.N, cost.r, cost.p, salt.toString("base64url"), hash.toString("base64url")].join("$"),
    hint: secret.slice(0, 3),
    created: new Date(life.now ?? Date.now()).toISOString(),
    ...(life.expires === undefined ? {} : { expires: life.expires }),
  };
}

/** True when the hash was made of this secret; compared in constant time. */
export async function isClientSecret(secret: string, { hash }: SecretHash): Promise<boolean> {
  const [scheme, n, r, p, salt, wanted] = hash.split("$");
  if (scheme !== "scrypt" || salt === undefined || wanted === undefined) return false;
  const expected = Buffer.from(wanted, "base64url");
  const made = await derive(secret, Buffer.from(salt, "base64url"), { N: Number(n), r: Number(r), p: Number(p), length: expected.length });
  return timingSafeEqual(made, expected);
}

function derive(secret: string, salt: Uint8Array, { length, ...options }: ScryptOptions & { readonly length: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
