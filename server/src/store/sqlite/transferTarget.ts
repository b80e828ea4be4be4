import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { renameDurably } from "../../base/durableFile.ts";
import type { StoreSchema } from "../schema.ts";
import { insertInto } from "../statements.ts";
import type { TableShape } from "../tableShapes.ts";
import { valueReaders } from "../transfer/cells.ts";
import type { Cells, TableMark, TransferTarget } from "../transfer/ends.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import type { SqliteConnection } from "./driver.ts";
import { migrate } from "./migrate.ts";
import { nodeSqlite } from "./nodeSqlite.ts";
import { configureWriter, defaultSizes } from "./openConnection.ts";
import { readRows } from "./transferSource.ts";

const marks = "secgraph_transfer";

/** A new data file, which grows under another name until it is whole. */
export function openTransferTarget(file: string, schema: StoreSchema): TransferTarget {
  const growing = `${file}.copying`;
  let connection: SqliteConnection | undefined;
  const open = (): SqliteConnection => connection!;
  return {
    async begin(fingerprint) {
      if (existsSync(file)) throw new Error(`There is ${file} already: choose another folder, or move it away.`);
      connection = openGrowing(growing);
      const found = marksIn(connection);
      if (found?.get("")?.tally === fingerprint) return found;
      connection.close();
      for (const ending of ["", "-wal", "-shm"]) rmSync(growing + ending, { force: true });
      connection = openGrowing(growing);
      migrate(connection, schema, { file: growing });
      connection.exec(`CREATE TABLE "${marks}" ("name" TEXT PRIMARY KEY, "count" INTEGER NOT NULL, "tally" TEXT NOT NULL, "after" TEXT NOT NULL)`);
      putMark(connection, "", { count: 0, tally: fingerprint, after: [] });
      return new Map();
    },
    write: async (shape, rows, mark) => write(open(), shape, { rows, mark }),
    async *read(shape) {
      for await (const { rows } of readRows(open(), shape)) yield rows;
    },
    async finish(leaseToken) {
      open().exec(`DROP TABLE "${marks}"; PRAGMA synchronous = FULL`);
      const put = `INSERT INTO "system_values" VALUES ('lease token', ?1) ON CONFLICT ("name") DO UPDATE SET "value" = ?1`;
      if (leaseToken !== "0") open().prepare(put).run([leaseToken]);
      open().exec("PRAGMA wal_checkpoint(TRUNCATE)");
      open().close();
      connection = undefined;
      renameDurably(growing, file);
    },
    close: async () => connection?.close(),
  };
}

function openGrowing(file: string): SqliteConnection {
  if (!existsSync(file)) closeSync(openSync(file, "wx", 0o600));
  const connection = nodeSqlite.open(file);
  configureWriter(connection, defaultSizes);
  // What the machine loses with its power is begun anew: only a whole file gets its name.
  connection.exec("PRAGMA synchronous = NORMAL");
  return connection;
}

function marksIn(connection: SqliteConnection): Map<string, TableMark> | undefined {
  const isThere = connection.prepare(`SELECT 1 FROM sqlite_master WHERE name = '${marks}'`).get([]) !== undefined;
  if (!isThere) return undefined;
  const rows = connection.prepare(`SELECT "name", "count", "tally", "after" FROM "${marks}"`).all([]);
  return new Map(
    rows.map(([name, count, tally, after]) => [String(name), { count: Number(count), tally: String(tally), after: JSON.parse(String(after)) as Cells }]),
  );
}

function putMark(connection: SqliteConnection, name: string, { count, tally, after }: TableMark): void {
  connection.prepare(`INSERT OR REPLACE INTO "${marks}" VALUES (?1, ?2, ?3, ?4)`).run([name, count, tally, JSON.stringify(after)]);
}

function write(connection: SqliteConnection, shape: TableShape, { rows, mark }: { readonly rows: readonly Cells[]; readonly mark: TableMark }): void {
  const columns = shape.columns.map(({ name }) => name);
  const readers = shape.columns.map(({ kind }) => valueReaders[kind]);
  const insert = connection.prepare(insertInto(shape.name, columns, dialect));
  connection.exec("BEGIN IMMEDIATE");
  try {
    for (const row of rows) insert.run(row.map((cell, index) => readers[index]!(cell)));
    putMark(connection, shape.name, mark);
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.inTransaction()) connection.exec("ROLLBACK");
    throw error;
  }
}
