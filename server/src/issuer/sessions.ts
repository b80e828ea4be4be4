import { createHash, randomBytes } from "node:crypto";
import type { HttpRequest } from "../base/http.ts";
import type { Records } from "../base/records.ts";

/** A browser in which somebody has signed in. */
export interface Session {
  readonly personId: string;
  /** Unix seconds of the password check. */
  readonly signedIn: number;
}

/** The sessions of browsers, for eight hours. What is kept of a cookie is its hash. */
export interface Sessions {
  readonly find: (cookie: string) => Promise<Session | undefined>;
  /** A new cookie, whatever the browser had before: nobody can lay one ready (session fixation). */
  readonly begin: (session: Session) => Promise<string>;
  readonly end: (cookie: string) => Promise<void>;
}

/** Makes the handling of sessions over records. */
export function createSessions(records: Records): Sessions {
  const known = records<Session>({ name: "session", life: { milliseconds: 8 * 3600_000, since: "made" } });
  const keyOf = (cookie: string): string => createHash("sha256").update(cookie).digest("base64url");
  return {
    find: (cookie) => known.find(keyOf(cookie)),
    async begin(session) {
      const cookie = newCookie();
      await known.change(keyOf(cookie), () => session);
      return cookie;
    },
    end: async (cookie) => void (await known.change(keyOf(cookie), () => undefined)),
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
