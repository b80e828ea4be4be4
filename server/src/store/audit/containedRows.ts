import type { Dialect } from "../dialect.ts";
import type { Table } from "../schema.ts";
import type { SqlRow } from "../sqlRow.ts";
import { mostContained, type ContainedRow } from "./describeWrites.ts";

/** The statement that reads the first rows of a table that are about to go, in the order of their changes. `matches`: which they are. */
export function containedText(table: Table, matches: string, { quote }: Dialect): string {
  const order = [...table.parents, "id"].map(quote).join(", ");
  return `SELECT ${order}, "body" FROM ${quote(table.name)} WHERE ${matches} ORDER BY ${order} LIMIT ${mostContained}`;
}

/** What it read. `before`: the change sequence before the first of them. */
export function containedRows(table: Table, rows: readonly SqlRow[], before: number): ContainedRow[] {
  return rows.map((row, index) => {
    const keys = row.map(String);
    return { place: table.place, parents: keys.slice(0, -2), id: keys.at(-2)!, body: keys.at(-1)!, seq: before + index + 1 };
  });
}
