/** Who is calling, as a verified token says. */
export interface Caller {
  /** The token's tenant (`tid`). */
  readonly tenant: string;
  /** Client id of the application (`appid` or `azp`). */
  readonly appId: string;
  /** User principal name of a delegated call; null when the application calls for itself. */
  readonly user: string | null;
  readonly kind: "application" | "delegated";
  /** Application roles of an app token, scopes of a delegated one; never both (R175). */
  readonly permissions: ReadonlySet<string>;
  /** Directory roles (`wids` or the configured role claim); absent when the token carries none. */
  readonly directoryRoles?: ReadonlySet<string>;
  /** Unix seconds at which the token ends. */
  readonly expires: number;
}
