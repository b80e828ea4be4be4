import { createPublicKey } from "node:crypto";
import type { webcrypto } from "node:crypto";
import { signatureAlgorithms } from "./trustedIssuer.ts";
import type { VerificationKey } from "./trustedIssuer.ts";

const minimumModulus = 2048;
const curves: Readonly<Record<string, string>> = { prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };

/**
 * Reads a JWK set (RFC 7517, 5) into its usable verification keys by `kid`. Keys without `kid`, for encryption,
 * symmetric, too short or of another kind are left out: they verify nothing here.
 */
export function readKeySet(document: unknown): ReadonlyMap<string, VerificationKey> {
  const keys = (document as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new TypeError("The JWK set has no member 'keys'.");
  const found = new Map<string, VerificationKey>();
  for (const jwk of keys as readonly unknown[]) {
    const read = readKey(jwk);
    if (read !== undefined) found.set(read.kid, read.key);
  }
  return found;
}

function readKey(jwk: unknown): { readonly kid: string; readonly key: VerificationKey } | undefined {
  if (typeof jwk !== "object" || jwk === null) return undefined;
  const { kid, kty, use, alg, issuer } = jwk as Readonly<Record<string, unknown>>;
  if (typeof kid !== "string" || (kty !== "RSA" && kty !== "EC") || (use !== undefined && use !== "sig")) return undefined;
  try {
    const key = createPublicKey({ key: publicPart(jwk), format: "jwk" });
    const algorithms = algorithmsOf(key.asymmetricKeyDetails ?? {}).filter((name) => alg === undefined || alg === name);
    if (algorithms.length === 0) return undefined;
    return { kid, key: typeof issuer === "string" ? { key, algorithms, issuer } : { key, algorithms } };
  } catch {
    return undefined;
  }
}

function publicPart({ kty, n, e, crv, x, y }: webcrypto.JsonWebKey): webcrypto.JsonWebKey {
  return Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined));
}

function algorithmsOf(details: { readonly modulusLength?: number; readonly namedCurve?: string }): readonly string[] {
  if (details.namedCurve !== undefined) return signatureAlgorithms.filter((name) => name === curves[details.namedCurve!]);
  if ((details.modulusLength ?? 0) < minimumModulus) return [];
  return signatureAlgorithms.filter((name) => !name.startsWith("ES"));
}
