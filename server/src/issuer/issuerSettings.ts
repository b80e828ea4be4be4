import type { Records } from "../base/records.ts";
import type { IssuerStore } from "./issuerStore.ts";
import type { SignInEvent } from "./signInEvent.ts";
import type { OnLocked } from "./signInGuard.ts";

/** The names under which this server is reached. */
export interface IssuerAddresses {
  /** Bases of issuer names that may be used, the usual one first: `https://localhost:7443`. */
  readonly issuerBases: () => readonly string[];
  /** The issuer base that belongs to the base URL of a request: itself, its TLS twin, or the usual one. */
  readonly issuerBaseFor: (baseUrl: string) => string;
  /** Every accepted audience without trailing slash: base URLs and Graph's own names (R179). */
  readonly audiences: () => readonly string[];
}

/** What the built-in issuer is made of. */
export interface IssuerSettings {
  readonly store: IssuerStore;
  readonly addresses: IssuerAddresses;
  /** Tenant ids for which tokens are given, or `*`. */
  readonly tenants: ReadonlySet<string> | "*";
  /** Milliseconds; Date.now unless a test says otherwise. */
  readonly clock?: () => number;
  /** The same, but never set anew, for what lasts a while; `clock` where that is given. */
  readonly steady?: () => number;
  readonly onLocked?: OnLocked;
  /** Sessions, codes, devices and failures; the memory of this process unless several servers share them. */
  readonly records?: Records;
  /** What seals pages in the browser; of this process unless several servers share it. */
  readonly pageSecret?: Uint8Array;
  /** Told of every sign-in, and of those that failed. */
  readonly onSignIn?: (event: SignInEvent) => void;
  /** Told of what could not be read or kept; the client is told 503. */
  readonly onError?: (error: unknown) => void;
}

/** Life of an access token, in seconds. */
export const tokenLife = 3600;
