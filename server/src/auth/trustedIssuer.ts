import type { KeyObject } from "node:crypto";

/** A public key of an issuer and what it may verify. */
export interface VerificationKey {
  readonly key: KeyObject;
  /** The signature algorithms that fit the key, narrowed to its own `alg` when it names one (RFC 7517, 4.4). */
  readonly algorithms: readonly string[];
  /** Entra's keys say for which issuer they speak; `{tenantid}` stands for any tenant. */
  readonly issuer?: string;
}

/** Where an issuer's keys come from: memory, a file, or its JWKS address. Nothing in a token leads to another source. */
export interface KeySource {
  /** Resolves to undefined for a key id that the issuer does not have; throws `unavailable` when the keys cannot be read. */
  readonly find: (kid: string) => Promise<VerificationKey | undefined>;
  /** Whether a key that was found still counts; asked about twice a second for tokens that were verified by it. Absent: keys count until their tokens end. */
  readonly isCurrent?: (kid: string) => Promise<boolean>;
}

/** One issuer of access tokens and everything that a token of it must say. */
export interface TrustedIssuer {
  /** Accepted `iss` values; `{tenantid}` stands for the token's own `tid` (Entra's multi-tenant form). */
  readonly issuers: () => readonly string[];
  /** Accepted `aud` values (R179). */
  readonly audiences: () => readonly string[];
  readonly algorithms: ReadonlySet<string>;
  readonly keys: KeySource;
  /** Accepted `tid` values in lower case, or `*`. */
  readonly tenants: ReadonlySet<string> | "*";
}

/** Every algorithm that any issuer may use: signatures by a key pair, never `none` and never HMAC (RFC 8725, 3.1 and 3.2). */
export const signatureAlgorithms: readonly string[] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

/** Puts a tenant into an issuer name. */
export function issuerFor(template: string, tenant: string): string {
  return template.replace("{tenantid}", tenant);
}
