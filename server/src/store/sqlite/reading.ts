import type { Deciding } from "../decisionReads.ts";
import type { Reading } from "../reading.ts";
import type { SqliteConnection } from "./driver.ts";
import type { RecentPages } from "./recentPages.ts";
import type { RecentRows } from "./recentRows.ts";

/** What reading from a file needs beside. */
export interface SqliteReading extends Reading, Deciding {
  /** For what an index bounds: read on this thread. */
  readonly connection: SqliteConnection;
  readonly recent: RecentRows;
  readonly pages: RecentPages;
}

/** Runs statements on the thread that asks. */
export function rowsOn(connection: SqliteConnection): Deciding["rows"] {
  return (statements) => statements.map(({ sql, values }) => connection.prepare(sql).all(values));
}
