import { system } from "../edm/systemPermission.ts";
import type { Caller } from "./caller.ts";
import { issuerFor } from "./trustedIssuer.ts";
import type { TrustedIssuer } from "./trustedIssuer.ts";

/** The claims of a token, of which nothing is believed before it is checked. */
export type Claims = Readonly<Record<string, unknown>>;

/** Why claims are refused: 401 with this text, or 403 for a caller who is who he says but not welcome. */
export interface ClaimsFault {
  readonly fault: string;
  readonly status: 401 | 403;
}

/** What the reading of claims needs beside them. */
export interface ClaimsContext {
  readonly issuer: TrustedIssuer;
  /** A further claim with directory roles, by name or by a path with dots. */
  readonly roleClaim?: string;
  /** Unix seconds. */
  readonly now: number;
}

/** Clock difference that is forgiven, in seconds (DESIGN, Auth). */
export const clockSkew = 300;

/** The tenant in which personal accounts live (protocol.md, 4.12; DESIGN 2). */
const consumerTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** Claims that only an ID token carries (OpenID Connect Core 1.0, 2 and 3.1.3.6): such a token opens nothing here. */
const idTokenClaims = ["nonce", "at_hash", "c_hash"];

const failure = (what: string): ClaimsFault => ({ fault: `Access token validation failure. ${what}`, status: 401 });

/** Reads the verified payload of an access token, v1 or v2 (R175, R178-R180). */
export function readClaims(claims: Claims, context: ClaimsContext): Caller | ClaimsFault {
  return checkLifetime(claims, context.now) ?? checkAudience(claims, context.issuer) ?? readCaller(claims, context);
}

/** True when an issuer speaks under this `iss` for the tenant that the token names. */
export function speaksAs(issuer: TrustedIssuer, claims: Claims): boolean {
  const tenant = textOf(claims["tid"]) ?? "";
  return issuer.issuers().some((template) => issuerFor(template, tenant) === claims["iss"]);
}

function checkLifetime({ exp, nbf, iat }: Claims, now: number): ClaimsFault | undefined {
  if (typeof exp !== "number" || !Number.isFinite(exp)) return failure("The token has no expiry.");
  if (nbf !== undefined && typeof nbf !== "number") return failure("The claim 'nbf' is not a number.");
  if (iat !== undefined && typeof iat !== "number") return failure("The claim 'iat' is not a number.");
  if (exp + clockSkew <= now) return { fault: "Lifetime validation failed, the token is expired.", status: 401 };
  if (Math.max(nbf ?? 0, iat ?? 0) - clockSkew > now) return { fault: "Lifetime validation failed, the token is not yet valid.", status: 401 };
  return undefined;
}

function checkAudience({ aud }: Claims, issuer: TrustedIssuer): ClaimsFault | undefined {
  const accepted = issuer.audiences();
  const named = (Array.isArray(aud) ? aud : [aud]).map((one) => (typeof one === "string" ? one.replace(/\/$/, "") : undefined));
  return named.some((one) => one !== undefined && accepted.includes(one)) ? undefined : failure("Invalid audience.");
}

function readCaller(claims: Claims, { issuer, roleClaim }: ClaimsContext): Caller | ClaimsFault {
  const tenant = textOf(claims["tid"])?.toLowerCase();
  if (tenant === undefined || !/^[\w.-]{1,128}$/.test(tenant)) return failure("The token names no tenant (claim 'tid').");
  if (tenant === consumerTenant) return { fault: "Personal accounts have no access.", status: 403 };
  if (issuer.tenants !== "*" && !issuer.tenants.has(tenant)) return failure("The tenant is not accepted here.");
  const appId = textOf(claims["azp"]) ?? textOf(claims["appid"]) ?? textOf(claims["client_id"]);
  if (appId === undefined) return failure("The token names no application (claim 'appid' or 'azp').");
  if (claims["typ"] === "ID" || idTokenClaims.some((name) => claims[name] !== undefined)) return failure("It is an ID token.");
  const directoryRoles = readDirectoryRoles(claims, roleClaim);
  return {
    tenant,
    appId,
    ...readSubject(claims),
    ...(directoryRoles === undefined ? {} : { directoryRoles }),
    expires: claims["exp"] as number,
  };
}

/** A token with `scp` acts for a person and has scopes only; one without has application roles only: never both (R175). */
/** What the server itself may do is in nobody's token, whoever signed it. */
function grantable(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name) => name !== system));
}

function readSubject(claims: Claims): Pick<Caller, "user" | "kind" | "permissions"> {
  if (claims["scp"] === undefined && claims["idtyp"] !== "user") {
    return { user: null, kind: "application", permissions: grantable(textsOf(claims["roles"])) };
  }
  const user = ["upn", "preferred_username", "unique_name", "email", "oid", "sub"].map((name) => textOf(claims[name])).find(Boolean);
  return { user: user ?? "unknown", kind: "delegated", permissions: grantable(textsOf(claims["scp"])) };
}

function readDirectoryRoles(claims: Claims, roleClaim: string | undefined): ReadonlySet<string> | undefined {
  const more = roleClaim === undefined ? undefined : (claims[roleClaim] ?? claimAt(claims, roleClaim.split(".")));
  if (claims["wids"] === undefined && more === undefined) return undefined;
  return new Set([...textsOf(claims["wids"]), ...textsOf(more)]);
}

function claimAt(claims: Claims, [name = "", ...rest]: readonly string[]): unknown {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (rest.length === 0 || value === undefined) return value;
  return typeof value === "object" && value !== null ? claimAt(value as Claims, rest) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return value.split(" ").filter((text) => text !== "");
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
