import { isObject, type Json } from "../../base/json.ts";
import { withEtag } from "../../base/storedBody.ts";
import { fixedTables, tableDefinition } from "../ddl.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import type { SqliteConnection } from "./driver.ts";

const { quote } = dialect;
const old = "version 1: ";

/**
 * From store version 1 to 2: hubs and rows get numbers, which side tables, indexes and logs know them by, and bodies
 * begin with their etag. Typed columns and side rows are left to be written anew. Runs inside the caller's transaction.
 */
export function numberHubs(connection: SqliteConnection): void {
  const tables = listed(connection, "table");
  for (const [name] of listed(connection, "index")) connection.exec(`DROP INDEX ${quote(name)}`);
  const fixed = new Map(fixedTables(dialect).map(({ name, sql }) => [name, sql]));
  replace(
    connection,
    { name: "hubs", sql: fixed.get("hubs")! },
    `SELECT "hub", row_number() OVER (ORDER BY "at", "hub"), "seq", "audits", "settings", "at" FROM`,
  );
  for (const name of ["changes", "outbox", "audit", "dynamic_names"]) {
    const [hub, ...others] = columnsOf(connection, name).map(quote);
    const into = { name, sql: fixed.get(name)!, columns: ` (${[hub, ...others].join(", ")})` };
    replace(connection, into, `SELECT h."n", ${others.map((column) => `t.${column}`).join(", ")} FROM "hubs" AS h JOIN`, `ON t."hub" = h."hub"`);
  }
  for (const [name, sql] of tables) {
    if (fixed.has(name) || name.startsWith("sqlite_")) continue;
    if (sql.includes('"o1" INTEGER NOT NULL')) connection.exec(`DROP TABLE ${quote(name)}`);
    else numberRows(connection, name);
  }
  keepAnswers(connection);
}

function listed(connection: SqliteConnection, type: "table" | "index"): [string, string][] {
  const rows = connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = ?1 AND sql IS NOT NULL").all([type]);
  return rows.map(([name, sql]) => [String(name), String(sql)]);
}

function columnsOf(connection: SqliteConnection, table: string): string[] {
  return connection
    .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")
    .all([table])
    .map(([name]) => String(name));
}

/** Puts a new table in the place of an old one, filled by a SELECT whose FROM goes on with the old one as `t`. */
function replace(
  connection: SqliteConnection,
  { name, sql, columns = "" }: { readonly name: string; readonly sql: string; readonly columns?: string },
  select: string,
  behind = "",
): void {
  const before = quote(old + name);
  connection.exec(`ALTER TABLE ${quote(name)} RENAME TO ${before}`);
  connection.exec(sql);
  connection.exec(`INSERT INTO ${quote(name)}${columns} ${select} ${before} AS t ${behind}`);
  connection.exec(`DROP TABLE ${before}`);
}

function numberRows(connection: SqliteConnection, name: string): void {
  const columns = columnsOf(connection, name);
  const parents = columns.slice(1, columns.indexOf("id"));
  const kept = [...parents, "id", "seq", "type", "natural"].map((column) => `t.${quote(column)}`);
  const body = `'{"@odata.etag":"W/\\"' || t."seq" || '\\"",' || substr(t."body", 2)`;
  const { sql } = tableDefinition({ name, parents, columns: [] }, dialect);
  replace(connection, { name, sql }, `SELECT NULL, h."n", ${kept.join(", ")}, ${body} FROM "hubs" AS h JOIN`, `ON t."hub" = h."hub" ORDER BY t.rowid`);
}

/** Answers that may be given again hold bodies, too. */
function keepAnswers(connection: SqliteConnection): void {
  const put = connection.prepare(`UPDATE "idempotency" SET "outcome" = ?5 WHERE "hub" = ?1 AND "app" = ?2 AND "path" = ?3 AND "key" = ?4`);
  for (const [hub, app, path, key, outcome] of connection.prepare(`SELECT "hub", "app", "path", "key", "outcome" FROM "idempotency"`).all([])) {
    put.run([hub!, app!, path!, key!, JSON.stringify(tagged(JSON.parse(String(outcome)) as Json))]);
  }
}

function tagged(outcome: Json): Json {
  if (!isObject(outcome)) return outcome;
  const { row, rows } = outcome;
  if (Array.isArray(rows)) return { ...outcome, rows: rows.map(taggedRow) };
  return row === undefined ? outcome : { ...outcome, row: taggedRow(row) };
}

function taggedRow(row: Json): Json {
  if (!isObject(row) || typeof row["body"] !== "string") return row;
  return { ...row, body: withEtag(row["body"], Number(row["seq"])) };
}
