import { randomBytes } from "node:crypto";
import { randomGuid } from "../base/ids.ts";
import type { SecretHash } from "./issuerStore.ts";
import { matchesScryptHash, scryptHash } from "./scryptHash.ts";

const cost = { N: 16_384, r: 8, p: 1 };

/** A new client secret: 256 random bits in base64url. */
export function createClientSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a secret: a salted scrypt hash (RFC 7914) and its first characters. */
export async function hashClientSecret(secret: string, life: { readonly now?: number; readonly expires?: string } = {}): Promise<SecretHash> {
  return {
    id: randomGuid(),
    hash: await scryptHash(secret, cost),
    hint: secret.slice(0, 3),
    created: new Date(life.now ?? Date.now()).toISOString(),
    ...(life.expires === undefined ? {} : { expires: life.expires }),
  };
}

/** True when the hash was made of this secret; compared in constant time. */
export function isClientSecret(secret: string, { hash }: SecretHash): Promise<boolean> {
  return matchesScryptHash(secret, hash);
}
