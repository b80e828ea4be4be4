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
}

/** A key pair that signs tokens, as a private JWK (RFC 7517). */
export interface SigningKey {
  readonly kid: string;
  readonly created: string;
  readonly jwk: Readonly<Record<string, string>>;
}

/** What the built-in issuer remembers. */
export interface IssuerStore {
  /** Newest first: the first signs, all verify. The first call makes one. */
  readonly signingKeys: () => Promise<readonly SigningKey[]>;
  readonly apps: () => Promise<readonly AppRegistration[]>;
  readonly app: (clientId: string) => Promise<AppRegistration | undefined>;
  /** Adds a registration, or replaces the one with its client id. */
  readonly putApp: (app: AppRegistration) => Promise<void>;
  /** False when there was none. */
  readonly removeApp: (clientId: string) => Promise<boolean>;
  /** Replaces a registration by what `change` makes of it, in one step; false when there is none. */
  readonly changeApp: (clientId: string, change: (app: AppRegistration) => AppRegistration) => Promise<boolean>;
}
