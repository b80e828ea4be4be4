/** Names a piece of work. One key is worked on by one holder at a time, so what belongs in an order shares a key. */
export interface WorkKey {
  /** Id of the hub that it belongs to, with which it goes; empty for work of the installation. */
  readonly hub: string;
  /** What is to be done: `forget keys`, `dispatch`, ... */
  readonly kind: string;
  /** Of what: the id of an action, of a subscription, ... */
  readonly key: string;
}

/** Work to be done. */
export interface NewWork extends WorkKey {
  /** Milliseconds from now until somebody may take it; at once when absent. */
  readonly dueIn?: number;
  /** What the worker is told, as JSON text; that of the last `put` counts. */
  readonly payload?: string;
}

/** Work that an owner has taken for a while. */
export interface Lease extends WorkKey {
  readonly owner: string;
  /** Fencing token: larger than that of every lease given before, of whatever work. Others may refuse a lower one. */
  readonly token: number;
  /** How often it was taken since it last went well, this time included. */
  readonly attempts: number;
  readonly payload: string;
}

/** Who takes what, how much at most, and for how many milliseconds. */
export interface Taking {
  readonly owner: string;
  readonly kinds: readonly string[];
  readonly most: number;
  readonly life: number;
}

/** What the table holds of a kind. */
export interface WorkFigures {
  readonly waiting: number;
  readonly held: number;
  readonly givenUp: number;
}

/**
 * Work that is handed out to one of several servers at a time, each piece for a while (a lease). Who does not come back in
 * time (a crash, a pause) loses it to the next who asks; from then on the token is another, and what the former holder
 * says of the work is refused (answer false). Time is the database's, so the clocks of servers do not matter. A door for
 * the system: no caller reaches it.
 */
export interface Leases {
  /**
   * Adds work, or sees to it that known work is looked at again: what waits becomes due at the earlier of both times,
   * what is held is due again when its holder completes it, what was given up begins anew. What failed and waits for its
   * next try goes on waiting. So a timer that moves later may be left alone: its worker looks and calls `later`.
   */
  readonly put: (work: readonly NewWork[]) => Promise<void>;
  /** Takes what is due, the longest due first; what another takes at the same moment is left to it. */
  readonly take: (taking: Taking) => Promise<readonly Lease[]>;
  /** Holds on for so many milliseconds from now. */
  readonly extend: (lease: Lease, life: number) => Promise<boolean>;
  /** It is done: the work goes, unless it was put again meanwhile. */
  readonly complete: (lease: Lease) => Promise<boolean>;
  /** Gives it back for so many milliseconds; with `failed`, why, the attempts go on counting. */
  readonly later: (lease: Lease, delay: number, failed?: string) => Promise<boolean>;
  /** Nobody shall try it again until it is put again; `why` stays with it. */
  readonly giveUp: (lease: Lease, why: string) => Promise<boolean>;
  /** Milliseconds until the first work of these kinds is due or its lease ends, 0 when it is; undefined: there is none. */
  readonly nextDue: (kinds: readonly string[]) => Promise<number | undefined>;
  /** Calls when work may have come: a hint, which can get lost. Returns the end of listening. */
  readonly listen: (hint: () => void) => () => void;
  /** Tells other servers that something came in a hub, which may be no work: a hint too. */
  readonly tell: (hub: string) => void;
  /** Calls when other servers told of something: in which hubs, or undefined for any. Returns the end of it. */
  readonly hear: (news: (hubs: readonly string[] | undefined) => void) => () => void;
  readonly figures: () => Promise<ReadonlyMap<string, WorkFigures>>;
}
