import type { IssuerParts, Visit } from "./issuerParts.ts";
import type { Person } from "./issuerStore.ts";
import { OAuthFault } from "./oauthFault.ts";
import { newCookie, readCookie, writeCookie } from "./sessions.ts";

/** Somebody who has signed in, and when (Unix seconds, with their fraction). */
export interface SignedInPerson {
  readonly person: Person;
  readonly signedIn: number;
}

/** What a page goes on with: it travels through the browser, sealed. */
export interface BrowserStep {
  readonly kind: "authorize" | "continue" | "device" | "user code" | "approve";
  readonly text: string;
}

/** Milliseconds that somebody may leave a page open. */
const life = 3_600_000;

/**
 * Seals a step for the browser that asks. It opens only beside the same cookie, which other sites can neither read nor
 * send along: that is the protection against forged posts (OWASP ASVS 3.5). Answers the cookie to set, too.
 */
export function writeStep(
  { http, tenant }: Visit,
  { kind, text }: BrowserStep,
  { seal, steady }: IssuerParts,
  fresh?: string,
): { readonly sealed: string; readonly cookie: string } {
  const cookie = fresh ?? readCookie(http) ?? newCookie();
  const sealed = seal.seal(JSON.stringify([steady(), kind, text]), contextOf(cookie, tenant.written));
  return { sealed, cookie: writeCookie(http, cookie) };
}

/** Opens a step; throws for one of another browser, another tenant, or one that is too old. */
export function readStep({ http, tenant }: Visit, sealed: string, { seal, steady }: IssuerParts): BrowserStep {
  const cookie = readCookie(http);
  const opened = cookie === undefined ? undefined : seal.open(sealed, contextOf(cookie, tenant.written));
  const [at, kind, text] = opened === undefined ? [0] : (JSON.parse(opened) as [number, BrowserStep["kind"], string]);
  if (kind === undefined || text === undefined || at + life < steady()) {
    throw new OAuthFault("invalid_request", 90_013, "This page is out of date, or the browser sent no cookie with it. Start again in the application.");
  }
  return { kind, text };
}

function contextOf(cookie: string, tenant: string): string {
  return `${cookie} ${tenant.toLowerCase()}`;
}

/** Whose session the browser's cookie is, when that person may be meant: not of another tenant, not since a new password. */
export async function currentPerson({ http, tenant }: Visit, { sessions, settings }: IssuerParts): Promise<SignedInPerson | undefined> {
  const cookie = readCookie(http);
  const session = cookie === undefined ? undefined : await sessions.find(cookie);
  const person = session === undefined ? undefined : await settings.store.person(session.personId);
  if (session === undefined || person === undefined || (tenant.id !== undefined && person.tenant !== tenant.id)) return undefined;
  return isSince(person, session.signedIn) ? { person, signedIn: session.signedIn } : undefined;
}

/** True when a sign-in (Unix seconds) happened with the password of now. */
export function isSince({ passwordSince }: Person, signedIn: number): boolean {
  return Date.parse(passwordSince) <= Math.round(signedIn * 1000);
}

/** A session that has just begun: the cookie's value, and the field that sets it. */
export interface NewSession extends SignedInPerson {
  readonly fresh: string;
  readonly cookie: string;
}

/** Ends the browser's session and begins one under a new cookie. */
export async function newSession({ http }: Visit, person: Person, { sessions, clock }: IssuerParts): Promise<NewSession> {
  const before = readCookie(http);
  if (before !== undefined) await sessions.end(before);
  // Never before the password, which may have been set while the clock was ahead.
  const signedIn = Math.max(clock(), Date.parse(person.passwordSince)) / 1000;
  const fresh = await sessions.begin({ personId: person.id, signedIn });
  return { person, signedIn, fresh, cookie: writeCookie(http, fresh) };
}
