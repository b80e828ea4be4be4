import { ordinalsOf } from "./ddl.ts";
import type { Dialect } from "./dialect.ts";
import type { SideTable, Table } from "./schema.ts";

/** The texts that write rows of a table. Parameters in the order of the columns named beside each. */
export interface TableStatements {
  /** hub, parents, id, seq, type, natural, the typed columns, body. */
  readonly insert: string;
  /** n, seq, type, natural, the typed columns, body, the expected seq, then hub where the dialect's `rowKey` has it. Changes no row when seq has moved. */
  readonly update: string;
  /** n, the expected seq, then hub as above. */
  readonly remove: string;
  /** n, natural, the typed columns, body, then hub as above: what a migration writes anew. */
  readonly rewrite: string;
  /** hub, parents, id: gives n, when the row is there. */
  readonly find: string;
  readonly sides: readonly SideStatements[];
}

export interface SideStatements {
  /** hub, parents, n, ordinals, columns. */
  readonly insert: string;
  /** hub, parents, n. */
  readonly remove: string;
}

const kept = new WeakMap<Table, Map<Dialect, TableStatements>>();

/** The writing statements of a table in one dialect, made once. */
export function statementsOf(table: Table, dialect: Dialect): TableStatements {
  let ofTable = kept.get(table);
  if (ofTable === undefined) kept.set(table, (ofTable = new Map()));
  let found = ofTable.get(dialect);
  if (found === undefined) ofTable.set(dialect, (found = make(table, dialect)));
  return found;
}

function make(table: Table, dialect: Dialect): TableStatements {
  const { quote, parameter } = dialect;
  const name = quote(table.name);
  const key = ["hub", ...table.parents, "id"];
  const typed = table.columns.map((column) => column.name);
  const matches = key.map((column, index) => `${quote(column)} = ${parameter(index + 1)}`).join(" AND ");
  const assign = (columns: readonly string[], from: number) => columns.map((column, index) => `${quote(column)} = ${parameter(from + index)}`).join(", ");
  const own = ["seq", "type", "natural", ...typed, "body"];
  const rowIs = (n: number) => `${quote("n")} = ${parameter(1)}${dialect.rowKey.includes("hub") ? ` AND ${quote("hub")} = ${parameter(n)}` : ""}`;
  const seqIs = (n: number) => `${quote("seq")} = ${parameter(n)}`;
  return {
    insert: insertInto(table.name, [...key, ...own], dialect),
    update: `UPDATE ${name} SET ${assign(own, 2)} WHERE ${rowIs(own.length + 3)} AND ${seqIs(own.length + 2)}`,
    remove: `DELETE FROM ${name} WHERE ${rowIs(3)} AND ${seqIs(2)}`,
    rewrite: `UPDATE ${name} SET ${assign(["natural", ...typed, "body"], 2)} WHERE ${rowIs(typed.length + 4)}`,
    find: `SELECT ${quote("n")} FROM ${name} WHERE ${matches}`,
    sides: table.sides.map((side) => sideStatements(side, ["hub", ...table.parents, "n"], dialect)),
  };
}

function sideStatements(side: SideTable, key: readonly string[], dialect: Dialect): SideStatements {
  const matches = key.map((column, index) => `${dialect.quote(column)} = ${dialect.parameter(index + 1)}`).join(" AND ");
  return {
    insert: insertInto(side.name, [...key, ...ordinalsOf(side), ...side.columns.map(({ name }) => name)], dialect),
    remove: `DELETE FROM ${dialect.quote(side.name)} WHERE ${matches}`,
  };
}

/** An INSERT of one row with a parameter for each column. */
export function insertInto(table: string, columns: readonly string[], { quote, parameters }: Dialect): string {
  return `INSERT INTO ${quote(table)} (${columns.map(quote).join(", ")}) VALUES (${parameters(columns.length)})`;
}
