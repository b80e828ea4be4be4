import { JWKSNoMatchingKey } from "jose/errors";
import { compactVerify } from "jose/jws/compact/verify";
import { recentlyUsed } from "../base/recentlyUsed.ts";
import type { Awaitable } from "../base/awaitable.ts";
import { Problem, problem } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import { parseJson } from "../base/parseJson.ts";
import type { Caller } from "./caller.ts";
import { clockSkew, readClaims, speaksAs } from "./readClaims.ts";
import type { Claims, ClaimsFault } from "./readClaims.ts";
import { issuerFor } from "./trustedIssuer.ts";
import type { TrustedIssuer } from "./trustedIssuer.ts";
import { readOpenCaller } from "./readOpenCaller.ts";

/** What the authenticator trusts. */
export interface AuthSettings {
  readonly issuers: readonly TrustedIssuer[];
  /** Where tokens come from: told in `WWW-Authenticate` (R172). */
  readonly challenge: () => { readonly authorizationUri: string; readonly clientId: string };
  /** A claim with directory roles beside `wids`. */
  readonly roleClaim?: string;
  /** `--auth none`: who calls without a token from this machine. */
  readonly openCaller?: Caller;
  /** Milliseconds; Date.now unless a test says otherwise. */
  readonly clock?: () => number;
}

/** The request's headers, names in lower case. */
export type AuthHeaders = Readonly<Record<string, string | undefined>>;

/**
 * Who is calling (DESIGN, Auth). `loopback`: the peer is this machine. Throws `badToken` (401, with a challenge) or
 * `forbidden`; `unavailable` while the issuer's keys cannot be read. The token is read from the header alone (RFC 6750, 2.1).
 */
export type Authenticate = (headers: AuthHeaders, loopback?: boolean) => Awaitable<Caller>;

interface Verified {
  /** The complete header, compared on a hit: the cache's key is only its end. */
  readonly authorization: string;
  readonly until: number;
  readonly caller: Caller;
  readonly stillSigned: () => Promise<boolean>;
  /** When its key counted last (milliseconds of the clock). */
  checked: number;
}

/** Milliseconds for which it is not asked again whether a token's key counts: an issuer may answer from what it read half a second ago. */
const checkEvery = 500;

const cacheSize = 10_000;
const longestToken = 16_384;
const bearer = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

/** Makes the function that turns a request's headers into its caller. Verified tokens are kept until they end. */
export function createAuthenticator(settings: AuthSettings): Authenticate {
  const clock = settings.clock ?? Date.now;
  const verified = recentlyUsed<Verified>(cacheSize);
  let last: Verified | undefined;

  async function verifyFirst(authorization: string): Promise<Caller> {
    const checked = clock();
    const { caller, stillSigned } = await verify(authorization, settings, Math.floor(checked / 1000));
    const until = (caller.expires + clockSkew) * 1000;
    verified.set(cacheKey(authorization), { authorization, until, caller, stillSigned, checked });
    return caller;
  }

  /** A key may have been withdrawn since. */
  async function checkAgain(known: Verified, now: number): Promise<Caller> {
    if (await known.stillSigned()) {
      known.checked = now;
      return known.caller;
    }
    verified.delete(cacheKey(known.authorization));
    if (last === known) last = undefined;
    return verifyFirst(known.authorization);
  }

  return (headers, loopback = false) => {
    const { authorization } = headers;
    if (authorization === undefined || authorization === "") {
      const open = settings.openCaller === undefined ? undefined : readOpenCaller(settings.openCaller, headers, loopback);
      if (open === undefined) throw refusal(settings, "Access token is empty.");
      return open;
    }
    // Requests of one client come one after the other. Which tokens are used most matters little, for they end.
    if (last?.authorization !== authorization) last = verified.peek(cacheKey(authorization));
    const now = clock();
    if (last === undefined || last.until <= now || last.authorization !== authorization) return verifyFirst(authorization);
    // Also when the clock was set back.
    return Math.abs(now - last.checked) < checkEvery ? last.caller : checkAgain(last, now);
  };
}

/** The end of the signature: short to hash, and as good as random. */
function cacheKey(authorization: string): string {
  return authorization.slice(-43);
}

async function verify(authorization: string, settings: AuthSettings, now: number): Promise<Pick<Verified, "caller" | "stillSigned">> {
  const token = authorization.length > longestToken ? undefined : bearer.exec(authorization)?.[1];
  if (token === undefined) throw refusal(settings, "Access token validation failure. The Authorization header holds no bearer token in JWT form.");
  const claims = readUnverified(token);
  const issuer = claims === undefined ? undefined : settings.issuers.find((candidate) => speaksAs(candidate, claims));
  if (claims === undefined || issuer === undefined) throw refusal(settings, "Access token validation failure. Invalid issuer.");
  const kid = await signerOf(token, issuer, claims);
  if (kid === undefined) throw refusal(settings, "Access token validation failure. Invalid signature.");
  const read = readClaims(claims, { issuer, now, ...(settings.roleClaim === undefined ? {} : { roleClaim: settings.roleClaim }) });
  if (!isFault(read)) return { caller: read, stillSigned: async () => (await issuer.keys.isCurrent?.(kid)) ?? true };
  throw read.status === 403 ? problem("forbidden", { what: read.fault }) : refusal(settings, read.fault);
}

function isFault(read: Caller | ClaimsFault): read is ClaimsFault {
  return "fault" in read;
}

/** The payload, good only for finding the issuer whose keys have to verify it; none where a claim stands twice (RFC 7519, 4). */
function readUnverified(token: string): Claims | undefined {
  try {
    const payload = parseJson(Buffer.from(token.split(".")[1]!, "base64url"));
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The `kid` of the issuer's key that made the signature with an algorithm that both allow; undefined: none did. The header's
 * `jku`, `jwk`, `x5u` and `x5c` are not looked at; any `crit` is refused (RFC 8725, 3.1, 3.10; RFC 7515, 4.1.11).
 */
async function signerOf(token: string, issuer: TrustedIssuer, claims: Claims): Promise<string | undefined> {
  try {
    const { protectedHeader } = await compactVerify(
      token,
      async ({ kid, alg, crit, typ }) => {
        const isAccessToken = typ === undefined || /^(?:application\/)?(?:at\+)?jwt$/i.test(typ);
        const key = typeof kid === "string" && crit === undefined && isAccessToken ? await issuer.keys.find(kid) : undefined;
        if (key === undefined || !key.algorithms.includes(alg) || !speaksFor(key.issuer, claims)) throw new JWKSNoMatchingKey();
        return key.key;
      },
      { algorithms: [...issuer.algorithms] },
    );
    return protectedHeader.kid;
  } catch (error) {
    if (error instanceof Problem) throw error;
    return undefined;
  }
}

function speaksFor(keyIssuer: string | undefined, claims: Claims): boolean {
  return keyIssuer === undefined || issuerFor(keyIssuer, String(claims["tid"])) === claims["iss"];
}

/** 401 with the challenge of R172 and the error of RFC 6750, 3.1. */
function refusal(settings: AuthSettings, what: string): Problem {
  const { authorizationUri, clientId } = settings.challenge();
  const error = what === "Access token is empty." ? "" : `, error="invalid_token", error_description="${what.replaceAll('"', "'")}"`;
  const challenge = `Bearer realm="", authorization_uri="${authorizationUri}", client_id="${clientId}"${error}`;
  return problem("badToken", { what }, { headers: { "WWW-Authenticate": challenge } });
}
