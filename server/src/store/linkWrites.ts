import type { Link } from "../edm/links.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Dialect } from "./dialect.ts";
import { columnsOf, linkTableOf } from "./linkTest.ts";
import type { StoreSchema, Table } from "./schema.ts";
import type { LinkWrite } from "./store.ts";

/** A statement with its values. */
export interface LinkStatement {
  readonly sql: string;
  readonly values: readonly Scalar[];
}

/** Where a relation is written: the hub, and the numbers of the rows at its ends; without `to` all that `from` is related to. */
export interface LinkRows {
  readonly dialect: Dialect;
  readonly hub: Scalar;
  readonly from: Scalar;
  readonly to?: Scalar;
}

/** The statements of a change of a relation, in their order. */
export function linkStatements(
  { link, removed }: Pick<LinkWrite, "link" | "removed">,
  schema: StoreSchema,
  { dialect, hub, from, to }: LinkRows,
): LinkStatement[] {
  const { quote, parameter } = dialect;
  const { name } = linkTableOf(link, schema);
  const [near, far] = columnsOf(link);
  const remove = (columns: readonly string[], values: readonly Scalar[]): LinkStatement => {
    const matches = ["hub", ...columns].map((column, index) => `${quote(column)} = ${parameter(index + 1)}`).join(" AND ");
    return { sql: `DELETE FROM ${quote(name)} WHERE ${matches}`, values: [hub, ...values] };
  };
  if (to === undefined) return [remove([near], [from])];
  if (removed === true) return [remove([near, far], [from, to])];
  const { one, sole } = limitsOf(link);
  const insert = `INSERT INTO ${quote(name)} (${["hub", near, far].map(quote).join(", ")}) VALUES (${[1, 2, 3].map((n) => parameter(n)).join(", ")}) ON CONFLICT DO NOTHING`;
  return [...(one ? [remove([near], [from])] : []), ...(sole ? [remove([far], [to])] : []), { sql: insert, values: [hub, from, to] }];
}

/** Whether a link leads to one row at most, and whether that is reached from one at most. */
function limitsOf({ relation: { toOne, fromOne }, reversed }: Link): { readonly one: boolean; readonly sole: boolean } {
  return reversed ? { one: fromOne, sole: toOne } : { one: toOne, sole: fromOne };
}

/** The columns of relations that hold numbers of a table's rows. */
function endsAt(schema: StoreSchema, table: Table): { readonly name: string; readonly column: string }[] {
  return schema.links.flatMap(({ name, source, target }) => [
    ...(source === table ? [{ name, column: "source" }] : []),
    ...(target === table ? [{ name, column: "target" }] : []),
  ]);
}

/** What removes the relations of a row that goes. */
export function linksOfRow(
  schema: StoreSchema,
  table: Table,
  { dialect, hub, n }: { readonly dialect: Dialect; readonly hub: Scalar; readonly n: Scalar },
): LinkStatement[] {
  const { quote, parameter } = dialect;
  return endsAt(schema, table).map(({ name, column }) => ({
    sql: `DELETE FROM ${quote(name)} WHERE ${quote("hub")} = ${parameter(1)} AND ${quote(column)} = ${parameter(2)}`,
    values: [hub, n],
  }));
}

/** What removes the relations of all rows that `matches` keeps; the hub is its first parameter. */
export function linksOfRows(schema: StoreSchema, table: Table, { dialect, matches }: { readonly dialect: Dialect; readonly matches: string }): string[] {
  const { quote, parameter } = dialect;
  const rows = `(SELECT ${quote("n")} FROM ${quote(table.name)} WHERE ${matches})`;
  return endsAt(schema, table).map(({ name, column }) => `DELETE FROM ${quote(name)} WHERE ${quote("hub")} = ${parameter(1)} AND ${quote(column)} IN ${rows}`);
}
