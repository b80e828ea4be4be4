import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { JWTHeaderParameters, JWTPayload } from "jose";
import type { HttpRequest } from "../../src/base/http.ts";
import { Problem } from "../../src/base/errors.ts";
import { createAuthenticator } from "../../src/auth/authenticate.ts";
import type { AuthSettings } from "../../src/auth/authenticate.ts";
import type { Caller } from "../../src/auth/caller.ts";
import { readKeySet } from "../../src/auth/readKeySet.ts";
import { signatureAlgorithms } from "../../src/auth/trustedIssuer.ts";
import type { TrustedIssuer } from "../../src/auth/trustedIssuer.ts";

export const now = 1_800_000_000;
export const tenant = "0d6f2f2a-7a42-4ee1-9b0c-7f4a51f9c001";
export const audience = "api://hub";
export const issuerName = `https://login.example/${tenant}/v2.0`;

/** Key pairs of the issuer under test, by key id. */
export const keys: Readonly<Record<string, { readonly privateKey: KeyObject; readonly publicKey: KeyObject }>> = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ec: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  other: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};

/** The key document that the issuer shows: `other` is not in it. */
export const keyDocument = {
  keys: [
    { ...keys["rsa"]!.publicKey.export({ format: "jwk" }), kid: "rsa", use: "sig" },
    { ...keys["ec"]!.publicKey.export({ format: "jwk" }), kid: "ec", alg: "ES256" },
    { kty: "oct", kid: "shared", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA" },
  ],
};

export const goodClaims: JWTPayload = {
  iss: issuerName,
  aud: audience,
  exp: now + 3600,
  nbf: now - 10,
  iat: now - 10,
  tid: tenant,
  azp: "client-1",
  roles: ["SecurityEvents.Read.All"],
};

/** A signed token; what is not said is as it should be. */
export function sign(
  claims: Readonly<Record<string, unknown>> = {},
  header: Partial<JWTHeaderParameters> = {},
  key: KeyObject = keys["rsa"]!.privateKey,
): Promise<string> {
  return new SignJWT({ ...goodClaims, ...claims }).setProtectedHeader({ alg: "RS256", kid: "rsa", typ: "JWT", ...header }).sign(key);
}

/** The issuer as the authenticator trusts it. */
export function trusted(more: Partial<TrustedIssuer> = {}): TrustedIssuer {
  const read = readKeySet(keyDocument);
  return {
    issuers: () => [issuerName],
    audiences: () => [audience],
    algorithms: new Set(signatureAlgorithms),
    keys: { find: async (kid) => read.get(kid) },
    tenants: new Set([tenant]),
    ...more,
  };
}

export function authenticator(more: Partial<AuthSettings> = {}, issuer: TrustedIssuer = trusted()) {
  const challenge = () => ({ authorizationUri: "https://login.example/authorize", clientId: "hub" });
  return createAuthenticator({ issuers: [issuer], challenge, clock: () => now * 1000, ...more });
}

/** What became of a token: the caller, or the refusal as "status code: message". */
export async function outcome(token: string | undefined, authenticate = authenticator(), headers: HttpRequest["headers"] = {}): Promise<Caller | string> {
  try {
    return await authenticate(token === undefined ? headers : { authorization: `Bearer ${token}`, ...headers });
  } catch (error) {
    if (error instanceof Problem) return `${error.status} ${error.code}: ${error.message}`;
    throw error;
  }
}
