import { closeSync, openSync, rmSync } from "node:fs";
import { auditIndexes, auditViews } from "../audit/auditView.ts";
import { syncDurably } from "../../base/durableFile.ts";
import { instantOf } from "../../base/instant.ts";
import {
  columnDefinition,
  fixedIndexes,
  fixedTables,
  indexDefinitions,
  linkDefinition,
  linkIndexDefinition,
  sideDefinition,
  sideIndexDefinitions,
  tableDefinition,
  type Definition,
} from "../ddl.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import type { StoreEvents } from "../store.ts";
import { requireKnownTypes, requireSameModel, shapesOf } from "../requireSameModel.ts";
import type { Column, StoreSchema, Table } from "../schema.ts";
import type { SqliteConnection } from "./driver.ts";
import { numberHubs } from "./numberHubs.ts";
import { writePlanStatistics } from "./planStatistics.ts";
import { rewriteRows } from "./rewriteRows.ts";

/** The version of the tables that do not come from the model. A file with a larger one is left alone. */
export const storeVersion = 5;

/** What a migration tells while it works; `copied` comes before anything is changed. */
export interface MigrationEvents extends Pick<StoreEvents, "copied" | "migrated"> {
  /** Rows of a place written anew. */
  readonly rewritten?: (place: string, done: number, all: number) => void;
}

interface Recorded {
  readonly number: number;
  readonly model: string;
  readonly shapes: Readonly<Record<string, string>>;
}

interface Migration {
  readonly connection: SqliteConnection;
  readonly schema: StoreSchema;
  readonly events: MigrationEvents;
  readonly now: string;
}

/** Refuses, before anything is touched, a file that a newer program wrote or that is another program's. */
export function requireKnown(connection: SqliteConnection, file: string): void {
  const found = versionIn(connection);
  if (found > storeVersion) {
    throw new Error(
      `The data file ${file} was written by a newer secgraph (store version ${found}; this program knows ${storeVersion}). Start that version, or restore the copy it made before it migrated.`,
    );
  }
  if (!isEmpty(connection) && found === 0) throw new Error(`The data file ${file} is a SQLite database, but not one of secgraph.`);
}

/** Throws a plain Error unless a file has the tables of this very program and model. */
export function requireCurrent(connection: SqliteConnection, schema: StoreSchema, file: string): void {
  requireKnown(connection, file);
  const current = !isEmpty(connection) && versionIn(connection) === storeVersion && lastVersion(connection)?.model === schema.model.version;
  if (!current) throw new Error(`The data file ${file} is of an older secgraph: bring it to this version first (secgraph migrate).`);
}

function versionIn(connection: SqliteConnection): number {
  return Number(connection.prepare("PRAGMA user_version").get([])?.[0] ?? 0);
}

function isEmpty(connection: SqliteConnection): boolean {
  return connection.prepare("SELECT count(*) FROM sqlite_master").get([])?.[0] === 0;
}

/** Brings a known file to the tables of this program and model, in one transaction; one that holds data is copied before. */
export function migrate(
  connection: SqliteConnection,
  schema: StoreSchema,
  { file, events = {} }: { readonly file: string; readonly events?: MigrationEvents },
): void {
  const fresh = isEmpty(connection);
  const last = fresh ? undefined : lastVersion(connection);
  if (last !== undefined && versionIn(connection) === storeVersion && last.model === schema.model.version) return;
  if (last !== undefined) requireSameModel(last.shapes, schema);
  if (!fresh) copyBefore(connection, file, events);
  const from = performance.now();
  const migration: Migration = { connection, schema, events, now: instantOf(Date.now()) };
  connection.exec("BEGIN IMMEDIATE");
  try {
    bringForward(migration, last);
    connection.exec("COMMIT");
    if (!fresh) events.migrated?.(performance.now() - from);
  } catch (error) {
    if (connection.inTransaction()) connection.exec("ROLLBACK");
    throw error;
  }
}

/** The version that a file was brought to last; undefined for one without tables. */
export function recordedIn(
  connection: SqliteConnection,
): { readonly store: number; readonly model: string; readonly shapes: Readonly<Record<string, string>> } | undefined {
  const last = isEmpty(connection) ? undefined : lastVersion(connection);
  return last === undefined ? undefined : { store: versionIn(connection), model: last.model, shapes: last.shapes };
}

function lastVersion(connection: SqliteConnection): Recorded | undefined {
  const row = connection.prepare('SELECT "number", "model", "shapes" FROM "schema_versions" ORDER BY "number" DESC LIMIT 1').get([]);
  return row === undefined ? undefined : { number: Number(row[0]), model: String(row[1]), shapes: JSON.parse(String(row[2])) as Record<string, string> };
}

/** The file as it was, beside it, readable by its owner alone. */
function copyBefore(connection: SqliteConnection, file: string, events: MigrationEvents): void {
  const stamp = new Date().toISOString().replaceAll(/[-:.]/g, "");
  const copy = `${file}.before-${stamp}`;
  closeSync(openSync(copy, "wx", 0o600));
  try {
    connection.prepare("VACUUM INTO ?1").run([copy]);
    syncDurably(copy);
  } catch (error) {
    // Half a copy is none, and it holds the room that the disk lacks.
    rmSync(copy, { force: true });
    throw error;
  }
  events.copied?.(copy);
}

function bringForward(migration: Migration, last: Recorded | undefined): void {
  const { connection, schema, now } = migration;
  const from = versionIn(connection);
  if (from === 1) numberHubs(connection);
  const existing = definitionsIn(connection);
  dropViews(connection);
  for (const definition of fixedTables(dialect)) {
    const { name, sql } = definition;
    const found = existing.get(name);
    if (found === undefined) connection.exec(sql);
    else if (name === "audit" && found !== sql) layOutAnew(connection, definition);
  }
  const shapes = shapesOf(schema);
  for (const table of schema.tables) {
    bringTable(migration, table, existing);
    if (existing.has(table.name) && (from === 1 || last?.shapes[table.place.path] !== shapes[table.place.path])) rewriteTable(migration, table);
  }
  for (const link of schema.links) if (!existing.has(link.name)) connection.exec(linkDefinition(link, dialect).sql);
  dropStaleSides(connection, schema, existing);
  for (const { sql } of auditViews(schema, dialect)) connection.exec(sql);
  matchIndexes(connection, schema);
  writePlanStatistics(connection, schema);
  connection
    .prepare('INSERT INTO "schema_versions" VALUES (?1, ?2, ?3, ?4, ?5)')
    .run([(last?.number ?? 0) + 1, storeVersion, schema.model.version, JSON.stringify(shapes), now]);
  connection.exec(`PRAGMA user_version = ${storeVersion}`);
}

/** Puts the rows of a table into one that is made as it is now: what SQLite's ALTER TABLE cannot do. Columns that it gained are null. */
function layOutAnew(connection: SqliteConnection, { name, sql }: Definition): void {
  const [table, before] = [dialect.quote(name), dialect.quote(`${name} before`)];
  const columns = connection.prepare("SELECT name FROM pragma_table_info(?1)").all([name]);
  const list = columns.map(([column]) => dialect.quote(String(column))).join(", ");
  connection.exec(`ALTER TABLE ${table} RENAME TO ${before}`);
  connection.exec(sql);
  connection.exec(`INSERT INTO ${table} (${list}) SELECT ${list} FROM ${before} ORDER BY "hub", "seq"`);
  connection.exec(`DROP TABLE ${before}`);
}

function dropViews(connection: SqliteConnection): void {
  for (const [name] of connection.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").all([]))
    connection.exec(`DROP VIEW ${dialect.quote(String(name))}`);
}

function rewriteTable(migration: Migration, table: Table): void {
  const types = migration.connection.prepare(`SELECT DISTINCT "type" FROM ${dialect.quote(table.name)}`).all([]);
  requireKnownTypes(
    types.map(([type]) => String(type)),
    table,
  );
  rewriteRows(migration, table);
}

function definitionsIn(connection: SqliteConnection, type: "table" | "index" = "table"): Map<string, string> {
  const rows = connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = ?1 AND sql IS NOT NULL").all([type]);
  return new Map(rows.map(([name, sql]) => [String(name), String(sql)]));
}

/** Makes a table, or adds what it lacks and drops what the model no longer has. The body keeps all. */
function bringTable({ connection }: Migration, table: Table, existing: ReadonlyMap<string, string>): void {
  if (existing.has(table.name)) matchColumns(connection, table);
  else connection.exec(tableDefinition(table, dialect).sql);
  const wanted = table.sides.map((side) => sideDefinition(side, table, dialect));
  for (const { name, sql } of wanted) {
    if (existing.get(name) === sql) continue;
    if (existing.has(name)) connection.exec(`DROP TABLE ${dialect.quote(name)}`);
    connection.exec(sql);
  }
}

/** Side tables that no collection of the model fills any more (all they hold is in the bodies), and those of relations that it has no more: numbers of rows come again, and would be taken for theirs. */
function dropStaleSides(connection: SqliteConnection, schema: StoreSchema, existing: ReadonlyMap<string, string>): void {
  const wanted = new Set([...schema.tables.flatMap((table) => table.sides), ...schema.links].map(({ name }) => name));
  for (const [name, sql] of existing) if (isDerived(name, sql) && !wanted.has(name)) connection.exec(`DROP TABLE ${dialect.quote(name)}`);
}

function isDerived(name: string, sql: string): boolean {
  return sql.includes('"o1" INTEGER NOT NULL') || sql === linkDefinition({ name }, dialect).sql;
}

const fixedColumns = new Set(["n", "hub", "id", "seq", "type", "body", "natural"]);

function matchColumns(connection: SqliteConnection, table: Table): void {
  const rows = connection.prepare("SELECT name, type FROM pragma_table_info(?1)").all([table.name]);
  const found = new Map(rows.map(([name, type]) => [String(name), String(type)]));
  const wanted = new Map(table.columns.map((column) => [column.name, column]));
  const isStale = (name: string, type: string): boolean => {
    const column = wanted.get(name);
    return !fixedColumns.has(name) && !table.parents.includes(name) && (column === undefined || dialect.columnTypes[column.kind] !== type);
  };
  const stale = [...found].filter(([name, type]) => isStale(name, type)).map(([name]) => name);
  if (stale.length > 0) dropIndexesOf(connection, table.name);
  for (const name of stale) connection.exec(`ALTER TABLE ${dialect.quote(table.name)} DROP COLUMN ${dialect.quote(name)}`);
  const lacks = (column: Column) => !found.has(column.name) || stale.includes(column.name);
  for (const column of table.columns.filter(lacks)) connection.exec(`ALTER TABLE ${dialect.quote(table.name)} ADD COLUMN ${columnDefinition(column, dialect)}`);
}

function dropIndexesOf(connection: SqliteConnection, table: string): void {
  const rows = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL").all([table]);
  for (const [name] of rows) connection.exec(`DROP INDEX ${dialect.quote(String(name))}`);
}

function matchIndexes(connection: SqliteConnection, schema: StoreSchema): void {
  const existing = definitionsIn(connection, "index");
  const wanted = new Map(
    [...fixedIndexes(dialect), ...auditIndexes(schema, dialect), ...schema.tables.flatMap(indexesOf), ...linkIndexes(schema)].map(({ name, sql }) => [
      name,
      sql,
    ]),
  );
  for (const [name, sql] of existing) if (wanted.get(name) !== sql) connection.exec(`DROP INDEX ${dialect.quote(name)}`);
  for (const [name, sql] of wanted) if (existing.get(name) !== sql) connection.exec(sql);
}

function indexesOf(table: Table): Definition[] {
  return [...indexDefinitions(table, dialect), ...table.sides.flatMap((side) => sideIndexDefinitions(side, table, dialect))];
}

function linkIndexes({ links }: StoreSchema): Definition[] {
  return links.map((link) => linkIndexDefinition(link, dialect));
}
