import type { Scalar } from "../../plan/typed.ts";
import type { SqliteConnection, SqlRow } from "./driver.ts";

/** A statement to run, as plain data: it may travel to a worker. */
export interface Fetch {
  readonly sql: string;
  readonly values: readonly Scalar[];
  readonly bigints: boolean;
  /** Stop when the texts of column `bytesOf` are longer in all than `bytes`; at least one row is read. */
  readonly bytes?: number;
  readonly bytesOf?: number;
}

/** Rows of a fetch, and whether the byte budget ended it. */
export interface Fetched {
  readonly rows: readonly SqlRow[];
  readonly cut: boolean;
}

/** Runs a fetch on a connection. */
export function fetchRows(connection: SqliteConnection, { sql, values, bigints, bytes, bytesOf }: Fetch): Fetched {
  const statement = connection.prepare(sql, bigints);
  if (bytes === undefined || bytesOf === undefined) return { rows: statement.all(values), cut: false };
  const rows: SqlRow[] = [];
  let length = 0;
  for (const row of statement.iterate(values)) {
    length += String(row[bytesOf]).length;
    if (length > bytes && rows.length > 0) return { rows, cut: true };
    rows.push(row);
  }
  return { rows, cut: false };
}
