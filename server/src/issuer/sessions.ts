import { createHash, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { HttpRequest } from "../base/http.ts";

/** A browser in which somebody has signed in. */
export interface Session {
  readonly personId: string;
  /** Unix seconds of the password check. */
  readonly signedIn: number;
}

/** The sessions of browsers, in memory: a restart ends them. What is kept of a cookie is its hash. */
export interface Sessions {
  readonly find: (cookie: string) => Session | undefined;
  /** A new cookie, whatever the browser had before: nobody can lay one ready (session fixation). */
  readonly begin: (session: Session) => string;
  readonly end: (cookie: string) => void;
}

const life = 8 * 3600_000;

/** Makes the memory of sessions. */
export function createSessions(clock: () => number): Sessions {
  const known = new LRUCache<string, Session & { readonly until: number }>({ max: 10_000 });
  const keyOf = (cookie: string): string => createHash("sha256").update(cookie).digest("base64url");
  return {
    find(cookie) {
      const session = known.get(keyOf(cookie));
      return session === undefined || session.until <= clock() ? undefined : session;
    },
    begin(session) {
      const cookie = newCookie();
      known.set(keyOf(cookie), { ...session, until: clock() + life });
      return cookie;
    },
    end: (cookie) => void known.delete(keyOf(cookie)),
  };
}

/** A cookie's value: 256 random bits. A browser has one before anybody signs in, to which its pages are bound. */
export function newCookie(): string {
  return randomBytes(32).toString("base64url");
}

/** The cookie that a browser sent, when it can be one of ours (RFC 6265, 5.4). */
export function readCookie({ headers, baseUrl }: HttpRequest): string | undefined {
  const name = cookieName(baseUrl);
  const pairs = (headers["cookie"] ?? "").split(/[;,]\s*/).filter((pair) => pair.startsWith(`${name}=`));
  const value = pairs.length === 1 ? pairs[0]!.slice(name.length + 1) : "";
  return /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** The field value that sets the cookie for as long as the browser runs; without a value it is taken away (RFC 6265bis, 4.1). */
export function writeCookie({ baseUrl }: HttpRequest, value: string | undefined): string {
  const secure = baseUrl.startsWith("https:") ? "; Secure" : "";
  return `${cookieName(baseUrl)}=${value ?? ""}; Path=/; HttpOnly; SameSite=Lax${secure}${value === undefined ? "; Max-Age=0" : ""}`;
}

/** The prefix makes browsers refuse it from other hosts and from plain http. */
function cookieName(baseUrl: string): string {
  return baseUrl.startsWith("https:") ? "__Host-secgraph" : "secgraph";
}
