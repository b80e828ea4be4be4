/** A client secret as it is kept: never itself. */
export interface SecretHash {
  readonly id: string;
  /** `scrypt$N$r$p$salt$hash`, the last two in base64url. */
  readonly hash: string;
  /** The secret's first characters, to tell it from others. */
  readonly hint: string;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly expires?: string;
}

/** An application that may get tokens of the built-in issuer. */
export interface AppRegistration {
  readonly clientId: string;
  readonly displayName: string;
  /** The one tenant it works in, or `*` for all. */
  readonly tenant: string;
  /** The application permissions that its tokens carry (claim `roles`). */
  readonly roles: readonly string[];
  readonly secretHashes: readonly SecretHash[];
  /** True: it runs where no secret keeps (a browser, a desktop) and may ask for people's tokens without one (RFC 6749, 2.1). */
  readonly publicClient?: boolean;
  /** Where browsers may be sent back to (RFC 6749, 3.1.2.2). */
  readonly redirectUris?: readonly string[];
}

/** Somebody who signs in with a password. */
export interface Person {
  /** The claim `oid`. */
  readonly id: string;
  /** The tenant's id. */
  readonly tenant: string;
  /** One of its kind in the installation, whatever the case. */
  readonly userPrincipalName: string;
  readonly displayName: string;
  /** As `hashPassword` makes it. */
  readonly passwordHash: string;
  /** When the password was set (ISO 8601, UTC): what was given on an earlier one ends. */
  readonly passwordSince: string;
  /** What applications may do in this person's name (claim `scp`). */
  readonly permissions: readonly string[];
  /** Directory roles, by template id or name (claim `wids`); absent: tokens say nothing of them. */
  readonly directoryRoles?: readonly string[];
  /** Failed sign-ins before this moment (ISO 8601, UTC) do not count. */
  readonly unlocked?: string;
}

/** A sign-in that refresh tokens carry on: one token at a time, each use makes the next (RFC 9700, 4.14). */
export interface RefreshFamily {
  readonly id: string;
  /** SHA-256 of the secret half of the token that is good now, base64url. */
  readonly hash: string;
  readonly clientId: string;
  readonly personId: string;
  readonly audience: string;
  /** The permissions that were granted: a refresh gets no more (RFC 6749, 6). */
  readonly permissions: readonly string[];
  /** Unix seconds of the password check. */
  readonly signedIn: number;
  /** ISO 8601, UTC. */
  readonly used: string;
}

/** A key pair that signs tokens, as a private JWK (RFC 7517). */
export interface SigningKey {
  readonly kid: string;
  readonly created: string;
  /** When it begins to sign (ISO 8601, UTC); absent: as soon as it was made. */
  readonly signsFrom?: string;
  readonly jwk: Readonly<Record<string, string>>;
}

/** All that is remembered for long: what a copy takes along. */
export interface IssuerState {
  readonly keys: readonly SigningKey[];
  readonly apps: readonly AppRegistration[];
  readonly people: readonly Person[];
  readonly families: readonly RefreshFamily[];
}

/** What the built-in issuer remembers. */
export interface IssuerStore {
  /** All of it; makes no key where there is none. */
  readonly state: () => Promise<IssuerState>;
  /** All that are kept; `keyRing` says which count. The first call makes one. They may have been read half a second ago, unless they shall be `fresh`. */
  readonly signingKeys: (fresh?: boolean) => Promise<readonly SigningKey[]>;
  /** Replaces the keys by what `change` makes of them, in one step. */
  readonly changeSigningKeys: (change: (known: readonly SigningKey[]) => readonly SigningKey[]) => Promise<readonly SigningKey[]>;
  readonly apps: () => Promise<readonly AppRegistration[]>;
  readonly app: (clientId: string) => Promise<AppRegistration | undefined>;
  /** Adds a registration, or replaces the one with its client id. */
  readonly putApp: (app: AppRegistration) => Promise<void>;
  /** False when there was none. */
  readonly removeApp: (clientId: string) => Promise<boolean>;
  /** Replaces a registration by what `change` makes of it, in one step; false when there is none. */
  readonly changeApp: (clientId: string, change: (app: AppRegistration) => AppRegistration) => Promise<boolean>;
  readonly people: () => Promise<readonly Person[]>;
  /** By id or by user principal name. */
  readonly person: (name: string) => Promise<Person | undefined>;
  /** Makes, replaces (`known` is given) or removes (undefined) a person, in one step; answers what there is now. */
  readonly changePerson: (name: string, change: (known: Person | undefined) => Person | undefined) => Promise<Person | undefined>;
  readonly refreshFamily: (id: string) => Promise<RefreshFamily | undefined>;
  /** The same for a family of refresh tokens; on disk before it answers. */
  readonly changeRefreshFamily: (id: string, change: (known: RefreshFamily | undefined) => RefreshFamily | undefined) => Promise<RefreshFamily | undefined>;
}
