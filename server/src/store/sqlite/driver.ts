import type { Scalar } from "../../plan/typed.ts";
import type { SqlRow } from "../sqlRow.ts";

export type { SqlRow };

/** A prepared statement. Parameters are `?1`, `?2`, ... */
export interface SqliteStatement {
  readonly all: (values: readonly Scalar[]) => SqlRow[];
  readonly get: (values: readonly Scalar[]) => SqlRow | undefined;
  /** Rows one at a time, so that a reader can stop early. */
  readonly iterate: (values: readonly Scalar[]) => Iterable<SqlRow>;
  /** Inserts one row: the number that it was given. */
  readonly insert: (values: readonly Scalar[]) => number;
  /** How many rows were changed. */
  readonly run: (values: readonly Scalar[]) => number;
}

/** One open database. */
export interface SqliteConnection {
  /** Prepares a text, or gives the statement that was prepared for it. `bigints`: integers beyond 2^53 are expected and come as bigint. */
  readonly prepare: (sql: string, bigints?: boolean) => SqliteStatement;
  /** Runs statements without parameters. */
  readonly exec: (sql: string) => void;
  /** Grows with every row that a statement inserted, updated or deleted. */
  readonly changes: () => number;
  /** True between BEGIN and the end of the transaction. */
  readonly inTransaction: () => boolean;
  readonly close: () => void;
}

/** What went wrong, told apart as far as the answer differs. */
export type SqliteFailure = "constraint" | "full" | "readonly" | "busy" | "sync" | "io" | "corrupt" | "other";

/** A library that opens SQLite databases. */
export interface SqliteDriver {
  readonly name: string;
  readonly open: (file: string, options?: { readonly readOnly?: boolean }) => SqliteConnection;
  /** The kind of a failure that a statement threw; undefined for an error that is not SQLite's. */
  readonly failureOf: (error: unknown) => SqliteFailure | undefined;
}

/** The kind of an extended result code (https://sqlite.org/rescode.html). */
export function failureOfCode(code: number): SqliteFailure {
  // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC: what was written may or may not last.
  if (code === 1034 || code === 1290) return "sync";
  // SQLITE_IOERR_SHMSIZE: there is no room for the index of the log.
  if (code === 4874) return "full";
  const kinds: Readonly<Record<number, SqliteFailure>> = {
    5: "busy",
    6: "busy",
    8: "readonly",
    10: "io",
    11: "corrupt",
    13: "full",
    14: "readonly",
    19: "constraint",
    26: "corrupt",
  };
  return kinds[code & 0xff] ?? "other";
}
