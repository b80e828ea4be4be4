import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IssuerStore, RefreshFamily } from "./issuerStore.ts";
import { OAuthFault } from "./oauthFault.ts";

/** What a family of refresh tokens begins with. */
export type RefreshStart = Omit<RefreshFamily, "hash" | "used">;

/** Refresh tokens: opaque, kept as hashes, each good for one use (RFC 9700, 4.14.2). */
export interface RefreshTokens {
  readonly start: (family: RefreshStart) => Promise<string>;
  /** The family of a token that is good now. An earlier token of the family ends it; throws `invalid_grant`. */
  readonly open: (token: string) => Promise<RefreshFamily>;
  /** The next token in place of the opened one; when another request was faster, the family ends. */
  readonly rotate: (opened: RefreshFamily) => Promise<string>;
  readonly revoke: (family: string) => Promise<void>;
}

/** Milliseconds after which a token that nobody used is worth nothing. */
const life = 90 * 24 * 3600 * 1000;

/** Makes the handling of refresh tokens over a store. */
export function createRefreshTokens(store: IssuerStore, clock: () => number): RefreshTokens {
  const now = (): string => new Date(clock()).toISOString();
  const revoke = async (family: string): Promise<void> => void (await store.changeRefreshFamily(family, () => undefined));
  return {
    revoke,
    async start(family) {
      const secret = newSecret();
      await store.changeRefreshFamily(family.id, () => ({ ...family, hash: hashOf(secret), used: now() }));
      return `${family.id}.${secret}`;
    },
    async open(token) {
      const [id = "", secret = ""] = token.split(".");
      const family = await store.refreshFamily(id);
      if (family === undefined) throw new OAuthFault("invalid_grant", 50_173, "The provided grant is unknown, or has been revoked.");
      if (!isSame(hashOf(secret), family.hash)) {
        await revoke(id);
        throw reused();
      }
      if (Date.parse(family.used) + life <= clock()) throw new OAuthFault("invalid_grant", 700_082, "The refresh token has expired due to inactivity.");
      return family;
    },
    async rotate(opened) {
      const secret = newSecret();
      const hash = hashOf(secret);
      const next = await store.changeRefreshFamily(opened.id, (known) => (known?.hash === opened.hash ? { ...known, hash, used: now() } : undefined));
      if (next === undefined) throw reused();
      return `${opened.id}.${secret}`;
    },
  };
}

function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function reused(): OAuthFault {
  return new OAuthFault("invalid_grant", 50_173, "The refresh token has been used before. All that came of the same sign-in have been revoked: sign in again.");
}
