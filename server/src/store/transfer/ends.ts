import type { TableShape } from "../tableShapes.ts";

/** A value of a row as text, the same whatever database it comes from: whole numbers in digits, truth as 0 or 1, floating point as JavaScript prints it. */
export type Cell = string | null;
/** A row in the order of its table's columns. */
export type Cells = readonly Cell[];

/** Rows that were read together, and where reading goes on behind them. */
export interface Portion {
  readonly rows: readonly Cells[];
  /** Given back to the same source's `read`; means nothing to others. */
  readonly after: Cells;
}

/** One state of a database that does not change while it is read. */
export interface TransferSource {
  /** Tells this state from others, whichever program reads it: what was begun on it can go on. */
  readonly fingerprint: string;
  readonly counts: ReadonlyMap<string, number>;
  /** The rows of a table, in some order that stands, behind those that were read before. */
  readonly read: (shape: TableShape, after?: Cells) => AsyncIterable<Portion>;
  /** The greatest fencing token that was given (`leases.ts`). */
  readonly leaseToken: () => Promise<string>;
  readonly close: () => Promise<void>;
}

/** How far a table has come. */
export interface TableMark {
  readonly count: number;
  /** As `Tally.text` gives it. */
  readonly tally: string;
  readonly after: Cells;
}

/** A database that is being filled. Nobody can serve it before `finish`. */
export interface TransferTarget {
  /** Makes the tables; goes on where the same source's transfer was cut, begins anew where it was another's. Throws a plain Error for a database that holds data. */
  readonly begin: (fingerprint: string) => Promise<ReadonlyMap<string, TableMark>>;
  /** Writes rows and the mark behind them, both or none. */
  readonly write: (shape: TableShape, rows: readonly Cells[], mark: TableMark) => Promise<void>;
  /** What was written, to be compared. */
  readonly read: (shape: TableShape) => AsyncIterable<readonly Cells[]>;
  /** Everything is in place, on disk, and may be served. */
  readonly finish: (leaseToken: string) => Promise<void>;
  readonly close: () => Promise<void>;
}
