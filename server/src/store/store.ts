import type { Awaitable } from "../base/awaitable.ts";
import type { Histogram } from "../base/histogram.ts";
import type { JsonObject } from "../base/json.ts";
import type { Link } from "../edm/links.ts";
import type { Found, HubSettings, Message, NamedReads } from "../edm/rules.ts";
import type { Place } from "../edm/model.ts";
import type { AuditEntry, TrailCut, TrailEnd, TrailErasing } from "./audit/auditEntry.ts";
import type { Caller } from "../auth/caller.ts";
import type { HubDirectory } from "../auth/hubDirectory.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { Cursor, EntityTarget, Members, Plan, Query, Via } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Leases } from "./leases.ts";

/** One committed row. `body` is the complete entity in wire form with its etag first, without context, as JSON text (`base/storedBody.ts`). */
export interface Row {
  readonly hub: string;
  readonly parents: readonly string[];
  readonly id: string;
  /** The change sequence of the row's last write in its hub: the ETag is `W/"seq"`. */
  readonly seq: number;
  /** Qualified name of the row's own type. */
  readonly type: string;
  readonly body: string;
  /** Filled when the query expands: by the expansion's key. */
  readonly expanded?: ReadonlyMap<string, Page>;
  /** What `$apply` made of it: which of its shapes it has, and the values of its columns. A row that is no stored one has an empty body. */
  readonly made?: { readonly shape: number; readonly values: readonly Scalar[] };
  /** Filled when the query computes, or picks members of collections. */
  readonly shaped?: Shaped;
  /** Of rows of several sets in one order: the number of the part that this one is of. */
  readonly part?: number;
  /** Of `$crossjoin`: the entities that the row is made of, one of each set. */
  readonly joined?: readonly Row[];
}

/** What statements told of a row beside its body. */
export interface Shaped {
  /** The values of the query's columns; empty where the row is gone meanwhile. */
  readonly values: readonly Scalar[];
  /** Which members stay, by the places of the members around them, joined by commas. */
  readonly members: ReadonlyMap<Members, ReadonlyMap<string, Picked>>;
}

/** Members of one collection: how many the filter keeps, and those between $skip and $top with their values, by their places in the stored one. */
export interface Picked {
  readonly count: number;
  readonly items: readonly { readonly at: number; readonly values: readonly Scalar[] }[];
}

/** A page of rows in the query's order; the same object again as long as it stands. */
export interface Page {
  readonly rows: readonly Row[];
  /** Where the next page starts; absent on the last. */
  readonly next?: Cursor;
  /** All matches, when `$count=true`. */
  readonly count?: number;
}

/** A row that was changed, as it is now; without `row` it is gone (`deleted`), or not among those that were asked for (`changed`). */
export interface Change {
  readonly id: string;
  readonly row?: Row;
  readonly removed?: "deleted" | "changed";
  /** Of a whole hub: which of the plan's parts it belongs to. */
  readonly part?: number;
}

/** A piece of the change log. */
export interface Changes {
  readonly changes: readonly Change[];
  /** The last change that it covers. */
  readonly upto: number;
  /** True when there are further ones. */
  readonly more: boolean;
}

/** One write of a row, as the change log has it. */
export interface LogEntry {
  readonly id: string;
  readonly seq: number;
  /** `create`, `update` or `delete`. */
  readonly verb: string;
  /** The steady instant of the write. */
  readonly at: string;
}

/** Writes of a collection one by one, and those of their rows that are there now and among those asked for. */
export interface Entries {
  readonly entries: readonly LogEntry[];
  readonly rows: ReadonlyMap<string, Row>;
  /** The last change that it covers. */
  readonly upto: number;
  /** True when there are further ones. */
  readonly more: boolean;
}

/** Where a piece of the change log says that something was written. */
export interface Touched {
  /** Paths of places. */
  readonly places: ReadonlySet<string>;
  /** Of rows of one place, which was asked for: those that contain them, and the last change in each. */
  readonly containers: ReadonlyMap<string, number>;
  /** The last change that it covers. */
  readonly upto: number;
  /** True when there are further ones. */
  readonly more: boolean;
}

type PlanOf<K extends Plan["kind"]> = Extract<Plan, { readonly kind: K }>;

/** What may be asked of committed data. Every method refuses what `permit` did not make (throws a plain Error: a fault of ours). */
export interface StoreReads {
  readonly list: (permitted: Permitted<PlanOf<"list" | "delta">>) => Promise<Page>;
  /** The last change of the hub: whoever reads rows afterwards sees all changes up to it. 0 for a hub that is not real yet. */
  readonly lastChange: (permitted: Permitted) => Promise<number>;
  /** What came of the rows of a collection behind a change, oldest first, each row once; undefined when the hub has not come that far (it was restored from an older copy). */
  readonly changes: (permitted: Permitted<PlanOf<"delta">>, since: number) => Promise<Changes | undefined>;
  /** The same piece of the log write by write, also where one row was written more than once; of one row alone where its id is given. */
  readonly entries: (permitted: Permitted<PlanOf<"delta">>, since: number, id?: string) => Promise<Entries | undefined>;
  /** Where in the hub something was written behind a change, and of `within` in which rows; undefined as for `changes`. */
  readonly touched: (permitted: Permitted, since: number, within: Place) => Promise<Touched | undefined>;
  readonly count: (permitted: Permitted<PlanOf<"count" | "list">>) => Promise<number>;
  /** The row that the plan's entity target names, of the cast type or one derived from it; undefined as for one that never existed. A singleton with key "" is found likewise. */
  readonly get: (permitted: Permitted) => Awaitable<Row | undefined>;
  /** Fills `shaped` and `expanded` of a row of the plan's place. */
  readonly complete: (permitted: Permitted, row: Row, query: Query) => Promise<Row>;
  /** Rows of any place of the same hub by id, below the given parents (bulk actions, further rows of a rule). */
  readonly rowsOf: (permitted: Permitted, place: Place, ids: readonly string[], parents: readonly string[]) => Promise<readonly Row[]>;
  readonly ruleReads: (permitted: Permitted, reads: NamedReads) => Promise<Found>;
  /** Where a link leads from a row: that row's type, and the id of the related one (of a collection: of the member that is asked for); undefined where there is no such row. */
  readonly follow: (
    permitted: Permitted,
    via: Pick<Via, "link" | "from" | "key" | "alternate">,
  ) => Promise<{ readonly type: string; readonly id?: string } | undefined>;
  /** The rows that one is related to, or (without a link) contains in a place right below its own, so many at most. */
  readonly related: (permitted: Permitted, asked: RelatedAsked) => Promise<readonly Row[]>;
  /** True when this hub's place has ever stored a dynamic property of this name: at the top of an entity, or as `type/name` within an open complex value. */
  readonly knowsDynamic: (permitted: Permitted, place: Place, name: string) => Promise<boolean>;
  readonly idempotent: (permitted: Permitted, key: IdempotencyKey) => Promise<IdempotentAnswer | undefined>;
}

/** Rows that are asked for by the row that they are related to or lie in. */
export interface RelatedAsked {
  readonly place: Place;
  readonly link?: Link;
  readonly from: EntityTarget;
  readonly most: number;
}

/** One row of a WriteSet. `expect`: the `seq` it was decided on, or "absent". */
export interface RowWrite {
  readonly place: Place;
  readonly parents: readonly string[];
  readonly id: string;
  readonly expect: number | "absent";
  /** Null deletes, contained rows and side rows included. */
  readonly put: { readonly type: string; readonly entity: JsonObject } | null;
  /** Names of the top-level properties that changed (for the change log). */
  readonly changed: readonly string[];
  /** The entity, or its stored body, that the write replaces or deletes: the audit shows what it was. */
  readonly before?: JsonObject | string;
}

/** A row by its place and key. */
export interface RowKey {
  readonly place: Place;
  readonly parents: readonly string[];
  readonly id: string;
}

/**
 * A change of a relation that has rows of its own, made behind the rows of the WriteSet: `from` is related to `to` from now on, and to
 * nothing else where either is related to one at most. `removed`: it is not any longer; without `to` to none. A row that is not there is `moved`.
 */
export interface LinkWrite {
  readonly link: Link;
  readonly from: RowKey;
  readonly to?: RowKey;
  readonly removed?: true;
}

/** A change to who may reach a hub, written with the hub's row. */
export interface HubGrant {
  readonly tenant: string;
  readonly hub: string;
  readonly role: "home" | "manager";
}

/** A tenant that shall not manage a hub any longer. */
export type HubRevoke = Pick<HubGrant, "tenant" | "hub">;

export interface IdempotencyKey {
  readonly appId: string;
  readonly path: string;
  readonly key: string;
}
export interface IdempotentAnswer {
  /** Hash of the canonical body of the first request. */
  readonly hash: string;
  /** What execute kept of the outcome, as JSON text. */
  readonly outcome: string;
}

/**
 * One decision, written whole or not at all: rows with the version they were decided on, side rows,
 * change-log entries, outbox messages and the audit row, in one transaction.
 */
export interface WriteSet {
  readonly rows: readonly RowWrite[];
  readonly links?: readonly LinkWrite[];
  readonly grants: readonly HubGrant[];
  readonly revokes?: readonly HubRevoke[];
  readonly messages: readonly Message[];
  readonly audit: AuditEntry;
  /** `outcome` gets the sequences given to `rows`, in their order. */
  readonly idempotency?: IdempotencyKey & { readonly hash: string; readonly outcome: (seqs: readonly number[]) => string };
}

/** `moved`: a row was not at the expected version (index into `rows`); decide anew. `exists`: id or natural key taken. */
export type WriteAnswer =
  | { readonly kind: "written"; readonly rows: readonly Row[] }
  | { readonly kind: "moved"; readonly index: number }
  | { readonly kind: "exists"; readonly index: number; readonly unique?: readonly string[] };

export interface StoreWrites {
  /**
   * Resolves only after the change is on disk (COMMIT returned with synchronous=FULL).
   * Throws `unavailable` after a failed COMMIT and for ever after a failed fsync, `insufficientStorage` on a full disk.
   * The scope's hub is made real by its first write. In a fleet scope the hub is the row's own id.
   */
  readonly write: (permitted: Permitted, writeSet: WriteSet) => Promise<WriteAnswer>;
}

/** Whether something is left to be done: at once (`more`), or when others have ended (`busy`). */
export type Tended = "kept" | "more" | "busy";

/** Work without a caller: CLI, seeding, timers. The one named door beside Permitted. */
export interface StoreSystem {
  readonly hubs: () => Promise<readonly { readonly id: string; readonly tenants: readonly HubGrant[]; readonly rows: number }[]>;
  /** Who may reach which hub. */
  readonly grants: () => Promise<readonly HubGrant[]>;
  readonly setSettings: (hub: string, settings: HubSettings) => Promise<void>;
  readonly grant: (grant: HubGrant) => Promise<void>;
  readonly revoke: (tenant: string, hub: string) => Promise<void>;
  /** Adds records of what changed no row to the trail of a hub; false for a hub that is not real. */
  readonly note: (hub: string, entries: readonly AuditEntry[]) => Promise<boolean>;
  /** Where the trails of all hubs end: of each its last sealed record. */
  readonly trails: () => Promise<readonly TrailEnd[]>;
  /** Removes records of a trail that are older than an instant, but for the last, so many at most; answers whether there are more. */
  readonly cutTrail: (cut: TrailCut) => Promise<Exclude<Tended, "busy">>;
  /** Takes away what can be erased of records of a trail; its chain stays whole. Answers of how many. */
  readonly eraseDetails: (erasing: TrailErasing) => Promise<number>;
  /** Small named secrets and values of the installation (issuer's keys, seals, seed marks). */
  readonly getValue: (name: string) => Promise<string | undefined>;
  readonly setValue: (name: string, value: string) => Promise<void>;
  /** Stores a value unless there is one, and answers what is there then: of several servers that begin at once all get the same. */
  readonly keepValue: (name: string, fresh: string) => Promise<string>;
  /** Deletes what has outlived its use (answers kept for their keys), so many at most; answers how many. */
  readonly forgetExpired: (most: number) => Promise<number>;
  /** Keeps the change log of the last so many days (absent: all of it) and deletes what is older, so many entries at most in one go. */
  readonly keepChangeLog: (kept: { readonly days: number | undefined; readonly most: number }) => Promise<Tended>;
}

/** What the store tells while it works, for the operator's log. */
export interface StoreEvents {
  /** The data were of an older version: where a copy of them as they were lies. */
  readonly copied?: (file: string) => void;
  readonly migrated?: (milliseconds: number) => void;
  /** A newer program has brought the tables forward; this one serves beside it. */
  readonly outgrown?: () => void;
  /** Writes are refused from now on: `full`, `readonly`, `io`, `sync`, ... */
  readonly writesFailed?: (failure: string, error: unknown) => void;
  readonly writesResumed?: (milliseconds: number) => void;
  /** The log has grown and could not be brought into the data file. */
  readonly checkpointFailed?: (failure: string, error: unknown) => void;
  readonly checkpointResumed?: (milliseconds: number) => void;
  /** A query took too long or too much memory. */
  readonly queryStopped?: (reason: "time" | "memory" | "fault") => void;
}

/** What one server has taken out of a caller's bucket: milliseconds in which so much flows in again. */
export interface SpentRate {
  readonly tenant: string;
  readonly appId: string;
  readonly kind: string;
  readonly spent: number;
}

/** What the store counts of itself since it was opened. */
export interface StoreFigures {
  readonly writer: {
    /** Writes that wait for their transaction. */
    readonly waiting: number;
    /** Writes that shared a transaction. */
    readonly groups: Histogram;
    /** Milliseconds from the beginning of a group's transaction until it was on disk. */
    readonly commits: Histogram;
    readonly failures: number;
  };
  readonly pool: {
    readonly workers: number;
    readonly busy: number;
    readonly waiting: number;
    readonly stopped: Readonly<Record<"time" | "memory" | "fault", number>>;
  };
  /** Bytes of the data file and of its write-ahead log, how often that began anew, and how often it could not be brought into the file. */
  readonly files: { readonly data: number; readonly log: number; readonly checkpoints: number; readonly checkpointFailures: number };
  readonly replicas?: readonly ReplicaFigures[];
  /** Rows by the path of their place, as counted within the last minute. */
  readonly rows: ReadonlyMap<string, number>;
}

/** What the requests of one unit of work read and write through: they see what was committed, and what the unit wrote before. */
export interface UnitOfWork extends StoreReads, StoreWrites {
  readonly directory: HubDirectory;
  readonly system: Pick<StoreSystem, "hubs">;
}

/** What a caller has written, for reads that other copies of the data answer: nobody reads less than that (read-your-writes). */
export interface Consistency {
  /** How far the data must have come for this caller, as a text that other servers of the same data understand; undefined for one that has written nothing here. */
  readonly tokenOf: (caller: Caller) => string | undefined;
  /** From now on the caller's reads see what a token stands for; false for a text that is no token. */
  readonly follow: (caller: Caller, token: string) => boolean;
}

/** A copy of the data that answers reads. */
export interface ReplicaFigures {
  /** Host and port. */
  readonly name: string;
  /** False while it is left out: it cannot be reached, or is too far behind. */
  readonly used: boolean;
  /** Seconds that it is behind; infinite where that is not known. */
  readonly lag: number;
  /** Reads that it has answered. */
  readonly reads: number;
}

export interface Store extends UnitOfWork {
  /** There where copies of the data answer reads. */
  readonly consistency?: Consistency;
  readonly system: StoreSystem;
  /**
   * Runs work whose writes stand together or not at all (an atomicity group of $batch, OData 4.01 Protocol, 11.7.4): resolves once they are on disk;
   * when `work` rejects, nothing of it was written, and this rejects with the same. Throws `timeout` for work that takes longer than a write may, else as `write` does.
   */
  readonly together: <T>(work: (unit: UnitOfWork) => Promise<T>) => Promise<T>;
  /** Work that is handed out to one server at a time. */
  readonly leases: Leases;
  /** Milliseconds since 1970 by a clock that servers of one database agree on and nobody sets; absent: the process has the data for itself. */
  readonly steady?: () => number;
  /** Work of this kind brings up the rows that servers of the version before wrote since a migration; rejects when it is told to stop. */
  readonly lateRows?: { readonly kind: string; readonly bring: (payload: string, stop: AbortSignal) => Promise<void> };
  /** Where servers of one database tell each other what callers spent (`limits/exchange.ts`). */
  readonly shareRates?: (spent: readonly SpentRate[]) => Promise<readonly number[]>;
  /** False while writes are refused (read-only or full disk, failed fsync). */
  readonly ready: () => boolean;
  readonly figures: () => Promise<StoreFigures>;
  readonly close: () => Promise<void>;
}
