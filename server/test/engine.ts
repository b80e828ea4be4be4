import type { Model } from "../src/edm/model.ts";
import { createConnections } from "../src/store/postgres/connections.ts";
import { nodeSqlite } from "../src/store/sqlite/nodeSqlite.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../src/store/sqlite/openSqliteStore.ts";
import type { Store } from "../src/store/store.ts";
import type { TestDatabase } from "./postgres/databases.ts";

/** The engine that this run's stores are on: every test that opens one here is run on each (`vitest.config.ts`). */
export const engine = process.env["SECGRAPH_TEST_ENGINE"] === "postgres" ? "postgres" : "sqlite";

const databases = new Map<string, TestDatabase>();

/** Opens a store of the run's engine; `file` names the data: opened again, it is the same. On PostgreSQL that is a database, and the file is never made. */
export async function openEngine(options: SqliteStoreOptions): Promise<Store> {
  if (engine === "sqlite") return openSqliteStore(options);
  const { openPostgresStore } = await import("../src/store/postgres/openPostgresStore.ts");
  const { file, driver: _, ...settings } = options;
  const { url } = await databaseOf(file, options.model);
  return openPostgresStore({ ...settings, url, connections: 4 });
}

/** The database that stands for a data file. */
export async function databaseOf(file: string, model: Model): Promise<TestDatabase> {
  const known = databases.get(file);
  if (known !== undefined) return known;
  const { createModelDatabase } = await import("./postgres/databases.ts");
  const database = await createModelDatabase(model);
  databases.set(file, database);
  return database;
}

/** Drops the database that stands for a data file; files themselves are their maker's to remove. */
export async function dropEngine(file: string): Promise<void> {
  const database = databases.get(file);
  databases.delete(file);
  await database?.drop();
}

/** What a statement finds in the data that `file` names, whatever its engine. */
export async function storedRows(file: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const database = databases.get(file);
  if (database === undefined) {
    const connection = nodeSqlite.open(file, { readOnly: true });
    const rows = connection.prepare(sql).all([]);
    connection.close();
    return rows;
  }
  const connections = createConnections({ url: database.url, connections: 1, queryBudget: 10_000 });
  try {
    return (await connections.run({ kind: "system" }, [{ sql, values: [] }]))[0]!.rows;
  } finally {
    await connections.close();
  }
}
