/** How long a client may take, in milliseconds (promises.md: slow clients cost nothing). */
export interface Timeouts {
  readonly headers: number;
  readonly request: number;
  readonly idle: number;
  readonly write: number;
}

/** The timeouts when nobody says otherwise. */
export const usualTimeouts: Timeouts = { headers: 30_000, request: 60_000, idle: 65_000, write: 60_000 };
