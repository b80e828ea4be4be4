import { sqliteDialect } from "../dialect.ts";
import type { Compiled, CompiledRows } from "../compileQuery.ts";
import type { Table } from "../schema.ts";
import { valuesOf, type Run } from "../sqlText.ts";
import type { SqliteConnection } from "./driver.ts";
import type { SqlRow } from "./driver.ts";
import type { BodySizes } from "./bodySizes.ts";
import { fetchRows, type Fetch } from "./fetchRows.ts";
import type { Pool } from "./pool.ts";

/** Runs reading statements: on this thread what an index bounds, in the pool what may read a large table as a whole. */
export interface Readers {
  readonly connection: SqliteConnection;
  readonly fetch: (compiled: Compiled & Partial<Pick<CompiledRows, "behind">>, run: Run, options: FetchOptions) => Promise<readonly SqlRow[]>;
}

export interface FetchOptions {
  readonly table: Table;
  /** Characters of bodies after which no more is read. */
  readonly budget?: number;
  /** Rows that are expanded at once, each into as many as the run's limit. */
  readonly parents?: number;
}

/** A table of fewer rows is read here whatever the plan: that takes a millisecond or two. */
const smallTable = 1000;
const sizeKeptFor = 1000;

/** Reading at once is faster; a page that cannot be larger than this many budgets is read so, and cut after. */
const fitsAtOnce = 4;

export function createReaders(connection: SqliteConnection, pool: Pool, bodies: BodySizes): Readers {
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
    async fetch(compiled, run, { table, budget, parents = 1 }) {
      const { limit } = run;
      const limited = budget === undefined || parents * limit * bodies.largest(table) <= fitsAtOnce * budget ? {} : { budget };
      const statements = [compiled, ...(compiled.behind ?? [])].map((text) => ({ sql: text.sql, values: valuesOf(text, run) }));
      const fetch: Fetch = { statements, limit, bigints: compiled.bigints, ...limited };
      return compiled.scans && !isSmall(table) ? pool.run(run.hub === "" ? run.tenant : run.hub, fetch) : fetchRows(connection, fetch);
    },
  };
}
