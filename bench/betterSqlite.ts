import { createRequire } from "node:module";
import type { Scalar } from "../server/src/plan/typed.ts";
import { failureOfCode, type SqliteDriver, type SqliteStatement, type SqlRow } from "../server/src/store/sqlite/driver.ts";
import { functions } from "../server/src/store/sqlite/functions.ts";
import { keepStatements } from "../server/src/store/sqlite/keepStatements.ts";

interface Statement {
  readonly reader: boolean;
  raw(): Statement;
  safeIntegers(): Statement;
  all(values: object): SqlRow[];
  get(values: object): SqlRow | undefined;
  iterate(values: object): IterableIterator<SqlRow>;
  run(values: object): { changes: number; lastInsertRowid: number | bigint };
}
interface Database {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  function(name: string, options: { deterministic: boolean; varargs: boolean; safeIntegers: boolean }, call: (typeof functions)[string]): void;
  close(): void;
}
type Open = new (file: string, options: { readonly: boolean }) => Database;

const codes: Readonly<Record<string, number>> = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR_FSYNC: 1034,
  IOERR_DIR_FSYNC: 1290,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
};

/** SQLite by the package better-sqlite3. */
export const betterSqlite: SqliteDriver = {
  name: "better-sqlite3",
  open(file, { readOnly = false } = {}) {
    const Open = createRequire(import.meta.url)("better-sqlite3") as Open;
    const database = new Open(file, { readonly: readOnly });
    for (const [name, call] of Object.entries(functions)) database.function(name, { deterministic: true, varargs: true, safeIntegers: true }, call);
    const changes = database.prepare("SELECT total_changes()").raw();
    return {
      prepare: keepStatements((sql, bigints) => prepare(database, sql, bigints)),
      exec: (sql) => database.exec(sql),
      changes: () => Number(changes.get({})![0]),
      inTransaction: () => database.inTransaction,
      close: () => database.close(),
    };
  },
  failureOf(error) {
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? /^SQLITE_(\w+)/.exec(error.code)?.[1] : undefined;
    return code === undefined ? undefined : failureOfCode(codes[code] ?? codes[code.split("_")[0]!] ?? 1);
  },
};

/** better-sqlite3 takes `?1` for a named parameter. */
function named(values: readonly Scalar[]): object {
  const object: Record<string, Scalar> = {};
  for (let index = 0; index < values.length; index += 1) object[index + 1] = values[index]!;
  return object;
}

function prepare(database: Database, sql: string, bigints: boolean): SqliteStatement {
  const statement = database.prepare(sql);
  if (statement.reader) statement.raw();
  if (bigints) statement.safeIntegers();
  return {
    all: (values) => (bigints ? statement.all(named(values)).map(narrowed) : statement.all(named(values))),
    get(values) {
      const row = statement.get(named(values));
      return bigints && row !== undefined ? narrowed(row) : row;
    },
    *iterate(values) {
      for (const row of statement.iterate(named(values))) yield bigints ? narrowed(row) : row;
    },
    insert: (values) => Number(statement.run(named(values)).lastInsertRowid),
    run: (values) => statement.run(named(values)).changes,
  };
}

function narrowed(row: SqlRow): SqlRow {
  return row.map((value) => (typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value));
}
