import { createHash, randomBytes } from "node:crypto";
import { randomGuid } from "../base/ids.ts";
import type { Records } from "../base/records.ts";
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
  readonly uses: number;
}

/** Codes that were handed out, good for one use within five minutes. What is kept of a code is its hash. */
export interface AuthorizationCodes {
  readonly issue: (grant: CodeGrant) => Promise<string>;
  /** Counts a use; the caller refuses every one after the first. */
  readonly use: (code: string) => Promise<IssuedCode | undefined>;
  readonly find: (code: string) => Promise<IssuedCode | undefined>;
}

/** Makes the handling of codes over records. */
export function createAuthorizationCodes(records: Records): AuthorizationCodes {
  const issued = records<IssuedCode>({ name: "code", life: { milliseconds: 5 * 60_000, since: "made" } });
  const keyOf = (code: string): string => createHash("sha256").update(code).digest("base64url");
  return {
    async issue(grant) {
      const code = randomBytes(32).toString("base64url");
      await issued.change(keyOf(code), () => ({ grant, family: randomGuid(), uses: 0 }));
      return code;
    },
    use: (code) => issued.change(keyOf(code), (known) => (known === undefined ? undefined : { ...known, uses: known.uses + 1 })),
    find: (code) => issued.find(keyOf(code)),
  };
}
