import { sqliteDialect } from "./dialect.ts";
import type { Compiled } from "../compileQuery.ts";
import type { Reading } from "../reading.ts";
import type { Table } from "../schema.ts";
import { valuesOf } from "../sqlText.ts";
import type { SqliteConnection } from "./driver.ts";
import type { BodySizes } from "./bodySizes.ts";
import { fetchRows, type Fetch } from "./fetchRows.ts";
import type { Pool } from "./pool.ts";

/** A table of fewer rows is read here when that takes milliseconds: steps of about as many tenths of a microsecond. */
const small = { rows: 1000, steps: 200_000 };
/** An element of a collection takes so many characters of its row's body at least. */
const smallestElement = 32;
const sizeKeptFor = 1000;

/** Reading at once is faster; a page that cannot be larger than this many budgets is read so, and cut after. */
const fitsAtOnce = 4;

/** How many steps of about a tenth of a microsecond a statement may take at most; 0 for what an index bounds. */
export type StepsOf = (compiled: Compiled, table: Table) => { readonly steps: number; readonly rows: number };

/** Makes the estimate: rows of a table are counted once a second, and are as large as the largest. */
export function createStepsOf(connection: SqliteConnection, bodies: Pick<BodySizes, "largest">): StepsOf {
  const sizes = new Map<string, { readonly at: number; readonly rows: number }>();
  const rowsOf = ({ name }: Table): number => {
    const now = performance.now();
    let size = sizes.get(name);
    if (size === undefined || now - size.at > sizeKeptFor) {
      size = { at: now, rows: Number(connection.prepare(`SELECT coalesce(max("n"), 0) FROM ${sqliteDialect.quote(name)}`).get([])![0]) };
      sizes.set(name, size);
    }
    return size.rows;
  };
  return ({ scans, cost: { terms, depth } }, table) => {
    if (!scans && depth === 0) return { steps: 0, rows: 0 };
    const rows = scans ? rowsOf(table) : 1;
    const largest = bodies.largest(table);
    return { rows, steps: rows * terms * Math.max(1, largest / 4096, depth === 0 ? 0 : (largest / smallestElement) ** depth) };
  };
}

/** Runs reading statements: on this thread what an index bounds, in the pool what may read a large table as a whole. */
export function createReaders(connection: SqliteConnection, pool: Pool, bodies: BodySizes): Reading["fetch"] {
  const stepsOf = createStepsOf(connection, bodies);
  const isSmall = (compiled: Compiled, table: Table): boolean => {
    const { steps, rows } = stepsOf(compiled, table);
    return rows < small.rows && steps < small.steps;
  };
  return async (compiled, run, { table, budget, parents = 1 }) => {
    const { limit } = run;
    const limited = budget === undefined || parents * limit * bodies.largest(table) <= fitsAtOnce * budget ? {} : { budget };
    const statements = [compiled, ...(compiled.behind ?? [])].map((text) => ({ sql: text.sql, values: valuesOf(text, run) }));
    const fetch: Fetch = { statements, limit, bigints: compiled.bigints, ...limited };
    return isSmall(compiled, table) ? fetchRows(connection, fetch) : pool.run(run.hub === 0 ? run.tenant : String(run.hub), fetch);
  };
}
