import { sqliteDialect } from "../dialect.ts";
import type { Compiled } from "../compileQuery.ts";
import type { Table } from "../schema.ts";
import { valuesOf, type Run } from "../sqlText.ts";
import type { SqliteConnection } from "./driver.ts";
import { fetchRows, type Fetch, type Fetched } from "./fetchRows.ts";
import type { Pool } from "./pool.ts";

/** Runs reading statements: on this thread what an index bounds, in the pool what may read a large table as a whole. */
export interface Readers {
  readonly connection: SqliteConnection;
  readonly fetch: (compiled: Compiled, run: Run, options: FetchOptions) => Promise<Fetched>;
}

export interface FetchOptions {
  readonly table: Table;
  /** The byte budget and the column it counts. */
  readonly bytes?: number;
  readonly bytesOf?: number;
}

/** A table of fewer rows is read here whatever the plan: that takes a millisecond or two. */
const smallTable = 1000;
const sizeKeptFor = 1000;

export function createReaders(connection: SqliteConnection, pool: Pool): Readers {
  const sizes = new Map<string, { readonly at: number; readonly rows: number }>();
  const isSmall = ({ name }: Table): boolean => {
    const now = performance.now();
    let size = sizes.get(name);
    if (size === undefined || now - size.at > sizeKeptFor) {
      size = { at: now, rows: Number(connection.prepare(`SELECT coalesce(max(rowid), 0) FROM ${sqliteDialect.quote(name)}`).get([])![0]) };
      sizes.set(name, size);
    }
    return size.rows < smallTable;
  };
  return {
    connection,
    async fetch(compiled, run, { table, ...limits }) {
      const fetch: Fetch = { sql: compiled.sql, values: valuesOf(compiled, run), bigints: compiled.bigints, ...limits };
      return compiled.scans && !isSmall(table) ? pool.run(fetch) : fetchRows(connection, fetch);
    },
  };
}
