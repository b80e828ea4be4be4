import { SignJWT } from "jose";
import type { JWTPayload } from "jose";
import { derivedGuid, isGuid, randomGuid } from "../base/ids.ts";
import type { SigningKey } from "./issuerStore.ts";
import { privateKeyOf, signingAlgorithm } from "./signingKey.ts";

/** Whom an access token speaks for and to. */
export interface TokenOrder {
  /** The complete issuer name: `{base}/{tenant}/v2.0`. */
  readonly issuer: string;
  readonly audience: string;
  readonly tenant: string;
  readonly appId: string;
  /** Present: a delegated token of this person with scopes; absent: an application token with roles (R175). */
  readonly user?: string;
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
    [order.version === "1.0" ? "appidacr" : "azpacr"]: "1",
    ...(order.user === undefined ? appClaims(order) : userClaims(order, order.user)),
    tid: tenant,
    uti: randomGuid().replaceAll("-", "").slice(0, 22),
    jti: randomGuid(),
    ver: order.version,
  };
  return new SignJWT(claims).setProtectedHeader({ typ: "JWT", alg: signingAlgorithm, kid: key.kid }).sign(privateKeyOf(key));
}

function appClaims({ tenant, appId, permissions }: TokenOrder): JWTPayload {
  const object = derivedGuid("service principal", `${tenant} ${appId}`);
  return { idtyp: "app", oid: object, sub: object, ...(permissions.length === 0 ? {} : { roles: permissions }) };
}

function userClaims({ tenant, appId, permissions }: TokenOrder, user: string): JWTPayload {
  const object = isGuid(user) ? user : derivedGuid("user", `${tenant} ${user.toLowerCase()}`);
  return {
    idtyp: "user",
    oid: object,
    sub: derivedGuid("pairwise subject", `${object} ${appId}`),
    upn: user,
    preferred_username: user,
    name: user.split("@")[0]!,
    scp: permissions.join(" "),
  };
}
