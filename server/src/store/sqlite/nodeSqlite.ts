import { DatabaseSync } from "node:sqlite";
import type { Scalar } from "../../plan/typed.ts";
import { failureOfCode, type SqliteDriver, type SqliteStatement, type SqlRow } from "./driver.ts";
import { addTo, decimalResultOf, resultOf, startSum, type ExactSum } from "./exactSum.ts";
import { functions } from "./functions.ts";
import { keepStatements } from "./keepStatements.ts";

/** Node's types know no accumulator but SQL values. */
const summing = {
  deterministic: true,
  start: startSum as () => never,
  step: ((sum: ExactSum, value: unknown) => addTo(sum, value)) as never,
  inverse: ((sum: ExactSum, value: unknown) => addTo(sum, value, -1)) as never,
  result: resultOf as never,
};

/** Exact sums, for every connection (`exactSum.ts`). */
function defineSums(database: DatabaseSync): void {
  database.aggregate("secgraph_sum", { ...summing, useBigIntArguments: true });
  // For floating-point columns, which hold no whole numbers: faster.
  database.aggregate("secgraph_sum_real", summing);
  database.aggregate("secgraph_sum_decimal", { ...summing, result: decimalResultOf as never });
}

/** SQLite as Node brings it. */
export const nodeSqlite: SqliteDriver = {
  name: "node:sqlite",
  open(file, { readOnly = false } = {}) {
    const database = new DatabaseSync(file, { readOnly, enableForeignKeyConstraints: false, enableDoubleQuotedStringLiterals: false });
    for (const [name, call] of Object.entries(functions)) database.function(name, { deterministic: true, useBigIntArguments: true, varargs: true }, call);
    defineSums(database);
    const counted: Counted = { changes: 0 };
    return {
      prepare: keepStatements((sql, bigints) => prepare(database, { sql, bigints, counted })),
      exec: (sql) => database.exec(sql),
      changes: () => counted.changes,
      inTransaction: () => database.isTransaction,
      close: () => database.close(),
    };
  },
  failureOf: (error) => (error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? failureOfCode(error.errcode) : undefined),
};

/** Rows that statements of a connection wrote: asked for with every write, so counted here instead of by SQLite. */
interface Counted {
  changes: number;
}

interface Preparing {
  readonly sql: string;
  readonly bigints: boolean;
  readonly counted: Counted;
}

function prepare(database: DatabaseSync, { sql, bigints, counted }: Preparing): SqliteStatement {
  const statement = database.prepare(sql, { returnArrays: true, readBigInts: bigints });
  // What gives rows and is no SELECT may have written them.
  const mayWrite = !/^\s*(?:SELECT|WITH|PRAGMA|EXPLAIN)\b/i.test(sql);
  const rows = (values: readonly Scalar[]) => {
    if (mayWrite) counted.changes += 1;
    return statement.all(...values) as unknown as SqlRow[];
  };
  return {
    all: bigints ? (values) => rows(values).map(narrowed) : rows,
    get(values) {
      if (mayWrite) counted.changes += 1;
      const row = statement.get(...values) as unknown as SqlRow | undefined;
      return bigints && row !== undefined ? narrowed(row) : row;
    },
    *iterate(values) {
      for (const row of statement.iterate(...values) as unknown as Iterable<SqlRow>) yield bigints ? narrowed(row) : row;
    },
    insert(values) {
      const { lastInsertRowid } = statement.run(...values);
      counted.changes += 1;
      return Number(lastInsertRowid);
    },
    run(values) {
      const changes = Number(statement.run(...values).changes);
      counted.changes += changes;
      return changes;
    },
  };
}

/** Integers as numbers again where that is exact. */
function narrowed(row: SqlRow): SqlRow {
  return row.map((value) => (typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value));
}
