import { existsSync } from "node:fs";
import { parseStored } from "../../base/parseJson.ts";
import type { JsonObject } from "../../base/json.ts";
import { openBulkSession } from "../../store/postgres/bulkSession.ts";
import { enterSystem } from "../../store/postgres/transferSource.ts";
import { nodeSqlite } from "../../store/sqlite/nodeSqlite.ts";
import type { Configuration } from "../configuration.ts";
import { dataFile } from "../openStore.ts";

/** What keeps secrets: connectors, and ticket systems those of their messages. */
const tables = ["security_connectors", "security_ticketSystems"] as const;
/** Rows that are read at a time. */
const portion = 500;

/** A row that may have something sealed. */
export interface SealedRow {
  readonly hub: string;
  readonly table: (typeof tables)[number];
  readonly entity: JsonObject;
}

type Cells = readonly unknown[];
type Read = (sql: string, values: readonly (string | number)[]) => Promise<readonly Cells[]>;

/** Reads them from the data folder or from the database, beside a server or without one. */
export async function* readSealed(configuration: Pick<Configuration, "data" | "databaseUrl">): AsyncGenerator<SealedRow> {
  const { databaseUrl, data } = configuration;
  if (databaseUrl === undefined && !existsSync(dataFile(data))) return;
  const { read, isThere, close } = databaseUrl === undefined ? openFile(dataFile(data)) : await openDatabase(databaseUrl);
  try {
    for (const table of tables) {
      if (await isThere(table)) yield* rowsOf(table, read);
    }
  } finally {
    await close();
  }
}

async function* rowsOf(table: SealedRow["table"], read: Read): AsyncGenerator<SealedRow> {
  const sql = `SELECT h."hub", c."id", c."body" FROM "${table}" AS c JOIN "hubs" AS h ON h."n" = c."hub"
    WHERE (h."hub", c."id") > ($1, $2) ORDER BY h."hub", c."id" LIMIT ${portion}`;
  for (let after: readonly [string, string] = ["", ""]; ;) {
    const rows = await read(sql, after);
    for (const [hub, , body] of rows) yield { hub: String(hub), table, entity: parseStored(String(body)) };
    if (rows.length < portion) return;
    after = [String(rows.at(-1)![0]), String(rows.at(-1)![1])];
  }
}

interface Opened {
  readonly read: Read;
  readonly isThere: (table: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

function openFile(file: string): Opened {
  const connection = nodeSqlite.open(file, { readOnly: true });
  connection.exec("PRAGMA busy_timeout = 5000");
  const read: Read = async (sql, values) => connection.prepare(sql.replaceAll("$", "?")).all([...values]);
  return {
    read,
    isThere: async (table) => (await read(`SELECT 1 FROM "sqlite_schema" WHERE "name" = $1`, [table])).length > 0,
    close: async () => connection.close(),
  };
}

async function openDatabase(url: string): Promise<Opened> {
  const session = await openBulkSession(url);
  try {
    await session.rows("BEGIN READ ONLY");
    await enterSystem(session);
  } catch (error) {
    await session.end();
    throw error;
  }
  return {
    read: session.rows,
    isThere: async (table) => (await session.rows(`SELECT to_regclass(quote_ident($1))`, [table]))[0]?.[0] !== null,
    close: session.end,
  };
}
