import type { Dialect } from "./dialect.ts";
import { fixedShapes, type FixedColumn } from "./fixedShapes.ts";
import { indexColumns, sideIndexColumns } from "./indexes.ts";
import { shortName } from "./names.ts";
import type { Column, LinkTable, SideTable, Table } from "./schema.ts";

/** A named object of the database and the statement that makes it. */
export interface Definition {
  readonly name: string;
  readonly sql: string;
}

/** The tables that every store has, whatever the model. */
export function fixedTables(dialect: Dialect): Definition[] {
  return Object.entries(fixedShapes).map(([name, { columns, key, dividedBy, long = false }]) => {
    const parts = Object.entries(columns).map(([column, kind]) => `${dialect.quote(column)} ${fixedType(kind, dialect)}`);
    const divided = dividedBy === undefined ? "" : dialect.dividedBy(dialect.quote(dividedBy));
    const primary = divided === "" ? [`PRIMARY KEY (${names(dialect, key)})`] : [];
    return { name, sql: `CREATE TABLE ${dialect.quote(name)} (${[...parts, ...primary].join(", ")})${long ? "" : dialect.clustered}${divided}` };
  });
}

function fixedType(kind: FixedColumn, { columnTypes: { text, integer } }: Dialect): string {
  const types: Readonly<Record<FixedColumn, string>> = {
    text: `${text} NOT NULL`,
    "text?": text,
    integer: `${integer} NOT NULL`,
    "integer?": integer,
    count: `${integer} NOT NULL DEFAULT 0`,
  };
  return types[kind];
}

/** Indexes of the fixed tables. */
export function fixedIndexes(dialect: Dialect): Definition[] {
  const { quote } = dialect;
  const index = (name: string, unique: boolean, on: string): Definition => ({ name, sql: `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${on}` });
  return [
    index("hubs.n", true, `${quote("hubs")} (${quote("n")})`),
    index("hub_access.tenant", false, `${quote("hub_access")} (${names(dialect, ["tenant", "hub"])})`),
    index("hub_access.home", true, `${quote("hub_access")} (${quote("tenant")}) WHERE ${quote("role")} = 'home'`),
    index("idempotency.at", false, `${quote("idempotency")} (${quote("at")})`),
    index("leased_work.ready", false, `${quote("leased_work")} (${names(dialect, ["kind", "ready"])})`),
  ];
}

/**
 * The table of a place. A row's key begins with the number of its hub; `n` is what side tables know it by. The body
 * stands last: a long one lies in pages of its own, and what stands behind it with it.
 */
export function tableDefinition({ name, parents, columns }: Pick<Table, "name" | "parents" | "columns">, dialect: Dialect): Definition {
  const { quote, columnTypes } = dialect;
  const some = (column: string, type: string): string => `${quote(column)} ${type} NOT NULL`;
  const { text, integer } = columnTypes;
  const key = ["hub", ...parents, "id"];
  const parts = [
    `${quote("n")} ${dialect.rowNumber}`,
    some("hub", integer),
    ...[...parents, "id"].map((column) => some(column, text)),
    some("seq", integer),
    some("type", text),
    `${quote("natural")} ${text}`,
    ...columns.map((column) => columnDefinition(column, dialect)),
    some("body", text),
    `UNIQUE (${names(dialect, key)})`,
    ...(dialect.rowKey.length === 0 ? [] : [`PRIMARY KEY (${names(dialect, dialect.rowKey)})`]),
  ];
  return { name, sql: `CREATE TABLE ${quote(name)} (${parts.join(", ")})` };
}

/** A typed column as it stands in CREATE TABLE and ALTER TABLE. */
export function columnDefinition({ name, kind }: Column, dialect: Dialect): string {
  return `${dialect.quote(name)} ${dialect.columnTypes[kind]}`;
}

/** A side table, stored in the order of its owner. */
export function sideDefinition(side: SideTable, table: Table, dialect: Dialect): Definition {
  const { quote, columnTypes } = dialect;
  const key = sideKey(side, table);
  const some = (column: string, type: string): string => `${quote(column)} ${type} NOT NULL`;
  const { text, integer } = columnTypes;
  const owner = [some("hub", integer), ...table.parents.map((parent) => some(parent, text)), some("n", integer)];
  const ordinals = ordinalsOf(side).map((name) => some(name, integer));
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
  return ["hub", ...table.parents, "n", ...ordinalsOf(side)];
}

/** The indexes of a table. */
export function indexDefinitions(table: Table, dialect: Dialect): Definition[] {
  const { quote } = dialect;
  return indexColumns(table).map(({ name, columns, unique }) => {
    const fixed = ["hub", ...table.parents, "id"];
    const nulls = ({ name: column, descending }: (typeof columns)[number]) => (fixed.includes(column) ? "" : dialect.nullsLowest(descending));
    const list = columns.map((column) => `${quote(column.name)}${column.descending ? " DESC" : ""}${nulls(column)}`).join(", ");
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

/** A relation's table, stored in the order of its sources. */
export function linkDefinition({ name }: Pick<LinkTable, "name">, dialect: Dialect): Definition {
  const { quote, columnTypes } = dialect;
  const parts = [...linkColumns.map((column) => `${quote(column)} ${columnTypes.integer} NOT NULL`), `PRIMARY KEY (${names(dialect, linkColumns)})`];
  return { name, sql: `CREATE TABLE ${quote(name)} (${parts.join(", ")})${dialect.clustered}` };
}

/** The columns of a relation's table, which are its key. */
export const linkColumns = ["hub", "source", "target"] as const;

/** The index by which a relation is followed from its target. */
export function linkIndexDefinition({ name }: Pick<LinkTable, "name">, dialect: Dialect): Definition {
  const index = linkIndexName(name);
  return { name: index, sql: `CREATE INDEX ${dialect.quote(index)} ON ${dialect.quote(name)} (${names(dialect, ["hub", "target", "source"])})` };
}

export function linkIndexName(table: string): string {
  return shortName(`${table}.back`);
}

function names(dialect: Dialect, list: readonly string[]): string {
  return list.map(dialect.quote).join(", ");
}
