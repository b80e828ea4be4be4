import type { Dialect } from "./dialect.ts";
import { indexColumns, sideIndexColumns } from "./indexes.ts";
import type { Column, fixedNames, SideTable, Table } from "./schema.ts";

/** A named object of the database and the statement that makes it. */
export interface Definition {
  readonly name: string;
  readonly sql: string;
}

/** The tables that every store has, whatever the model. */
export function fixedTables(dialect: Dialect): Definition[] {
  const { text, integer } = dialect.columnTypes;
  const table = (name: (typeof fixedNames)[number], columns: Readonly<Record<string, string>>, key: readonly string[]): Definition => ({
    name,
    sql: `CREATE TABLE ${dialect.quote(name)} (${[...Object.entries(columns).map(([column, type]) => `${dialect.quote(column)} ${type}`), `PRIMARY KEY (${names(dialect, key)})`].join(", ")})${dialect.clustered}`,
  });
  const some = (type: string) => `${type} NOT NULL`;
  return [
    table("hubs", { hub: some(text), seq: some(integer), audits: some(integer), settings: some(text), at: some(text) }, ["hub"]),
    table("hub_access", { hub: some(text), tenant: some(text), role: some(text) }, ["hub", "tenant"]),
    table(
      "changes",
      { hub: some(text), seq: some(integer), place: some(text), parents: some(text), id: some(text), verb: some(text), changed: some(text), at: some(text) },
      ["hub", "seq"],
    ),
    table("outbox", { hub: some(text), audit: some(integer), n: some(integer), kind: some(text), payload: some(text), at: some(text) }, ["hub", "audit", "n"]),
    table(
      "audit",
      {
        hub: some(text),
        seq: some(integer),
        at: some(text),
        tenant: some(text),
        app: some(text),
        user: text,
        verb: some(text),
        first: integer,
        last: integer,
        seal: text,
      },
      ["hub", "seq"],
    ),
    table("idempotency", { hub: some(text), app: some(text), path: some(text), key: some(text), hash: some(text), outcome: some(text), at: some(text) }, [
      "hub",
      "app",
      "path",
      "key",
    ]),
    table("dynamic_names", { hub: some(text), place: some(text), name: some(text) }, ["hub", "place", "name"]),
    table("system_values", { name: some(text), value: some(text) }, ["name"]),
    table("schema_versions", { number: some(integer), store: some(integer), model: some(text), shapes: some(text), at: some(text) }, ["number"]),
  ];
}

/** Indexes of the fixed tables. */
export function fixedIndexes(dialect: Dialect): Definition[] {
  const { quote } = dialect;
  const index = (name: string, unique: boolean, on: string): Definition => ({ name, sql: `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${on}` });
  return [
    index("hub_access.tenant", false, `${quote("hub_access")} (${names(dialect, ["tenant", "hub"])})`),
    index("hub_access.home", true, `${quote("hub_access")} (${quote("tenant")}) WHERE ${quote("role")} = 'home'`),
    index("idempotency.at", false, `${quote("idempotency")} (${quote("at")})`),
  ];
}

/** The table of a place. The row's key begins with the hub. */
export function tableDefinition(table: Table, dialect: Dialect): Definition {
  const { quote, columnTypes } = dialect;
  const { text, integer } = columnTypes;
  const fixed = ["hub", ...table.parents, "id"].map((name) => `${quote(name)} ${text} NOT NULL`);
  const own = [`${quote("seq")} ${integer} NOT NULL`, `${quote("type")} ${text} NOT NULL`, `${quote("body")} ${text} NOT NULL`, `${quote("natural")} ${text}`];
  const key = `PRIMARY KEY (${names(dialect, ["hub", ...table.parents, "id"])})`;
  return {
    name: table.name,
    sql: `CREATE TABLE ${quote(table.name)} (${[...fixed, ...own, ...table.columns.map((column) => columnDefinition(column, dialect)), key].join(", ")})`,
  };
}

/** A typed column as it stands in CREATE TABLE and ALTER TABLE. */
export function columnDefinition({ name, kind }: Column, dialect: Dialect): string {
  return `${dialect.quote(name)} ${dialect.columnTypes[kind]}`;
}

/** A side table, stored in the order of its owner. */
export function sideDefinition(side: SideTable, table: Table, dialect: Dialect): Definition {
  const { quote, columnTypes } = dialect;
  const key = sideKey(side, table);
  const owner = ["hub", ...table.parents, "id"].map((name) => `${quote(name)} ${columnTypes.text} NOT NULL`);
  const ordinals = ordinalsOf(side).map((name) => `${quote(name)} ${columnTypes.integer} NOT NULL`);
  const columns = side.columns.map((column) => columnDefinition(column, dialect));
  return {
    name: side.name,
    sql: `CREATE TABLE ${quote(side.name)} (${[...owner, ...ordinals, ...columns, `PRIMARY KEY (${names(dialect, key)})`].join(", ")})${dialect.clustered}`,
  };
}

/** Columns `o1`, `o2`: where the element stands in its collection, and that in its own. */
export function ordinalsOf(side: SideTable): string[] {
  return Array.from({ length: side.ordinals }, (_, index) => `o${index + 1}`);
}

function sideKey(side: SideTable, table: Table): string[] {
  return ["hub", ...table.parents, "id", ...ordinalsOf(side)];
}

/** The indexes of a table. */
export function indexDefinitions(table: Table, dialect: Dialect): Definition[] {
  const { quote } = dialect;
  return indexColumns(table).map(({ name, columns, unique }) => {
    const list = columns.map((column) => `${quote(column.name)}${column.descending ? " DESC" : ""}`).join(", ");
    const last = quote(columns.at(-1)!.name);
    return {
      name,
      sql: `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${quote(table.name)} (${list})${unique ? ` WHERE ${last} IS NOT NULL` : ""}`,
    };
  });
}

/** The indexes of a side table. */
export function sideIndexDefinitions(side: SideTable, table: Table, dialect: Dialect): Definition[] {
  return sideIndexColumns(side, table).map(({ name, columns }) => ({
    name,
    sql: `CREATE INDEX ${dialect.quote(name)} ON ${dialect.quote(side.name)} (${names(dialect, columns)})`,
  }));
}

function names(dialect: Dialect, list: readonly string[]): string {
  return list.map(dialect.quote).join(", ");
}
