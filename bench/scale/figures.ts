/** What a row takes on disk, in bytes, by table or index, in the order of the largest first. */
export type Sizes = Readonly<Record<string, number>>;

/** What one request takes: microseconds of CPU of the server process, and of the database's processes where it has some; milliseconds until the answer, one at a time. */
export interface Cost {
  readonly server: number;
  readonly database: number;
  readonly p50: number;
  /** PostgreSQL: rows that plans fetched, and tables that they read whole, per request. */
  readonly fetched?: number;
  readonly scans?: number;
}

/** An engine with so many hubs of a hundred rows each. */
export interface SizeFigures {
  readonly hubs: number;
  readonly rows: number;
  /** Bytes of all that there is. */
  readonly bytes: number;
  readonly perRow: Sizes;
  readonly get: Cost;
  readonly list: Cost;
  readonly delta: Cost;
}

export interface WriteFigures {
  /** Acknowledged writes per second, sixteen at a time: into many hubs, and into one. */
  readonly perSecond: number;
  readonly perSecondOneHub: number;
  readonly server: number;
  readonly database: number;
  /** Bytes of the write-ahead log; of SQLite those written into the file as well. */
  readonly log: number;
  /** Milliseconds until one is acknowledged, one at a time. */
  readonly p50: number;
}

export interface EngineFigures {
  readonly version: string;
  readonly sizes: readonly SizeFigures[];
  readonly write: WriteFigures;
}

/** What was measured, and where. */
export interface Figures {
  readonly machine: string;
  readonly date: string;
  readonly sqlite: EngineFigures;
  readonly postgres: EngineFigures;
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
