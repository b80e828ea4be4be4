import { createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { calculateJwkThumbprint } from "jose/jwk/thumbprint";
import type { SigningKey } from "./issuerStore.ts";

/** The signature algorithm of the built-in issuer, the one that Entra ID uses. */
export const signingAlgorithm = "RS256";

/** Makes a key pair for RS256; its `kid` is the key's thumbprint (RFC 7638). */
export async function createSigningKey(now: number = Date.now()): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>;
  return { kid: await calculateJwkThumbprint(jwk), created: new Date(now).toISOString(), jwk };
}

/** The private half, for signing. */
export function privateKeyOf(key: SigningKey): KeyObject {
  return createPrivateKey({ key: key.jwk, format: "jwk" });
}

/** The public half, for verifying. */
export function publicKeyOf(key: SigningKey): KeyObject {
  return createPublicKey({ key: publicJwkOf(key), format: "jwk" });
}

/** The public half as the key document shows it (RFC 7517, 4). */
export function publicJwkOf({ kid, jwk }: SigningKey): Readonly<Record<string, string>> {
  return { kty: "RSA", use: "sig", alg: signingAlgorithm, kid, n: jwk["n"]!, e: jwk["e"]! };
}
