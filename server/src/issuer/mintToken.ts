import { createHash } from "node:crypto";
import { SignJWT } from "jose/jwt/sign";
import type { JWTPayload } from "jose";
import { derivedGuid, isGuid, randomGuid } from "../base/ids.ts";
import type { SigningKey } from "./issuerStore.ts";
import { privateKeyOf, signingAlgorithm } from "./signingKey.ts";

/** The person whom a token names. */
export interface TokenPerson {
  /** The claim `oid`. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly directoryRoles?: readonly string[];
}

/** Whom an access token speaks for and to. */
export interface TokenOrder {
  /** The complete issuer name: `{base}/{tenant}/v2.0`. */
  readonly issuer: string;
  readonly audience: string;
  readonly tenant: string;
  readonly appId: string;
  /** Present: a delegated token of this person with scopes; absent: an application token with roles (R175). */
  readonly person?: TokenPerson;
  /** True: the client showed no secret (claim `azpacr`). */
  readonly isPublic?: boolean;
  readonly permissions: readonly string[];
  /** The access token format that the client asked for (R180). */
  readonly version: "1.0" | "2.0";
  readonly seconds: number;
  /** Unix seconds. */
  readonly now: number;
}

/** Signs an access token with Entra's claims. */
export async function mintToken(order: TokenOrder, key: SigningKey): Promise<string> {
  const { tenant, appId, now } = order;
  const claims: JWTPayload = {
    aud: order.audience,
    iss: order.issuer,
    iat: now,
    nbf: now,
    exp: now + order.seconds,
    appid: appId,
    azp: appId,
    [order.version === "1.0" ? "appidacr" : "azpacr"]: order.isPublic === true ? "0" : "1",
    ...(order.person === undefined ? appClaims(order) : personClaims(order, order.person)),
    tid: tenant,
    uti: tokenMark(),
    jti: randomGuid(),
    ver: order.version,
  };
  return sign(claims, key);
}

/** What an ID token tells beside the access token that goes with it. */
export interface IdTokenOrder {
  readonly nonce?: string;
  /** Unix seconds of the password check. */
  readonly signedIn: number;
  readonly accessToken: string;
  /** The scopes `profile` and `email` bring their claims (OpenID Connect Core 1.0, 5.4). */
  readonly openId: readonly string[];
}

/** Signs an ID token with Entra's claims (OpenID Connect Core 1.0, 2); its audience is the application, so no API takes it. */
export async function mintIdToken(order: TokenOrder & { readonly person: TokenPerson }, more: IdTokenOrder, key: SigningKey): Promise<string> {
  const { tenant, appId, now, person } = order;
  const claims: JWTPayload = {
    aud: appId,
    iss: order.issuer,
    iat: now,
    nbf: now,
    exp: now + order.seconds,
    auth_time: Math.floor(more.signedIn),
    at_hash: createHash("sha256").update(more.accessToken).digest().subarray(0, 16).toString("base64url"),
    ...(more.nonce === undefined ? {} : { nonce: more.nonce }),
    oid: person.id,
    sub: pairwiseSubject(person.id, appId),
    ...(more.openId.includes("profile") ? { name: person.displayName, preferred_username: person.userPrincipalName } : {}),
    ...(more.openId.includes("email") ? { email: person.userPrincipalName } : {}),
    tid: tenant,
    uti: tokenMark(),
    ver: "2.0",
  };
  return sign(claims, key);
}

/** The object id of somebody whom the store does not know: for tokens of the CLI. */
export function derivedPerson(tenant: string, name: string): TokenPerson {
  const id = isGuid(name) ? name : derivedGuid("user", `${tenant} ${name.toLowerCase()}`);
  return { id, userPrincipalName: name, displayName: name.split("@")[0]! };
}

function sign(claims: JWTPayload, key: SigningKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ typ: "JWT", alg: signingAlgorithm, kid: key.kid }).sign(privateKeyOf(key));
}

/** Whom a validation token is for. */
export interface ValidationOrder {
  readonly issuer: string;
  /** The subscriber's application. */
  readonly appId: string;
  readonly tenant: string;
  /** Unix seconds. */
  readonly now: number;
}

/** The application that Graph's change notifications come from: subscribers compare it. */
const publisher = "0bf30f3b-4a52-48df-9a82-234910c4a086";

/** Signs the token by which a subscriber knows that notifications with data are from here (R161). It opens nothing: its audience is the subscriber. */
export async function mintValidationToken({ issuer, appId, tenant, now }: ValidationOrder, key: SigningKey): Promise<string> {
  const claims: JWTPayload = {
    aud: appId,
    iss: issuer,
    iat: now,
    nbf: now,
    exp: now + 3600,
    appid: publisher,
    azp: publisher,
    azpacr: "2",
    tid: tenant,
    uti: tokenMark(),
    ver: "2.0",
  };
  return sign(claims, key);
}

function appClaims({ tenant, appId, permissions }: TokenOrder): JWTPayload {
  const object = derivedGuid("service principal", `${tenant} ${appId}`);
  return { idtyp: "app", oid: object, sub: object, ...(permissions.length === 0 ? {} : { roles: permissions }) };
}

function personClaims({ appId, permissions }: TokenOrder, { id, userPrincipalName, displayName, directoryRoles }: TokenPerson): JWTPayload {
  return {
    idtyp: "user",
    oid: id,
    sub: pairwiseSubject(id, appId),
    upn: userPrincipalName,
    preferred_username: userPrincipalName,
    name: displayName,
    scp: permissions.join(" "),
    ...(directoryRoles === undefined ? {} : { wids: directoryRoles }),
  };
}

function pairwiseSubject(id: string, appId: string): string {
  return derivedGuid("pairwise subject", `${id} ${appId}`);
}

function tokenMark(): string {
  return randomGuid().replaceAll("-", "").slice(0, 22);
}
