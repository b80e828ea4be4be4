import { createHash, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { randomGuid } from "../base/ids.ts";
import type { WantedScopes } from "./scopes.ts";

/** What an authorization code stands for (RFC 6749, 4.1.2). */
export interface CodeGrant {
  readonly clientId: string;
  readonly redirectUri: string;
  /** S256 (RFC 7636, 4.2). */
  readonly challenge?: string;
  readonly personId: string;
  readonly signedIn: number;
  readonly scopes: WantedScopes;
  readonly nonce?: string;
  readonly clientInfo: boolean;
}

/** A code that was handed out. */
export interface IssuedCode {
  readonly grant: CodeGrant;
  /** The family that its refresh tokens get: it ends when the code comes again (RFC 6749, 10.5). */
  readonly family: string;
  uses: number;
}

/** Codes that were handed out, in memory, good for one use within five minutes. */
export interface AuthorizationCodes {
  readonly issue: (grant: CodeGrant) => string;
  /** Counts a use; the caller refuses every one after the first. */
  readonly use: (code: string) => IssuedCode | undefined;
}

const life = 5 * 60_000;

/** Makes the memory of codes. */
export function createAuthorizationCodes(clock: () => number): AuthorizationCodes {
  const issued = new LRUCache<string, IssuedCode & { readonly until: number }>({ max: 10_000 });
  const keyOf = (code: string): string => createHash("sha256").update(code).digest("base64url");
  return {
    issue(grant) {
      const code = randomBytes(32).toString("base64url");
      issued.set(keyOf(code), { grant, family: randomGuid(), uses: 0, until: clock() + life });
      return code;
    },
    use(code) {
      const found = issued.get(keyOf(code));
      if (found === undefined || found.until <= clock()) return undefined;
      found.uses += 1;
      return found;
    },
  };
}
