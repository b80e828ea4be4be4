import type { Place } from "../../edm/model.ts";
import { containedRows, containedText } from "../audit/containedRows.ts";
import { mostContained, type Contained, type ContainedRow } from "../audit/describeWrites.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { linksOfRows } from "../linkWrites.ts";
import type { Scalar } from "../../plan/typed.ts";
import type { StoreSchema, Table } from "../schema.ts";
import type { Transaction } from "./runGroup.ts";

/** The row whose contained rows go: its place, its hub, and its parents with its own key behind them. */
export interface Removed {
  readonly place: Place;
  readonly hub: string;
  readonly parents: readonly string[];
}

const { quote } = dialect;

/** Deletes the rows below a deleted one, at any depth, each with its entry in the change log. What they were; undefined where there were none. */
export function deleteContained(transaction: Transaction, schema: StoreSchema, removed: Removed): Contained | undefined {
  const { connection, hubs, steadyNow } = transaction;
  const below = schema.tables.filter((table) => isBelow(table.place, removed.place));
  const state = hubs.get(removed.hub);
  const before = state.seq;
  const rows: ContainedRow[] = [];
  for (const table of below) {
    const key = [state.n, ...removed.parents];
    const matches = ["hub", ...table.parents.slice(0, removed.parents.length)].map((name, index) => `${quote(name)} = ?${index + 1}`).join(" AND ");
    const log = `INSERT INTO "changes" SELECT "hub", ?${key.length + 1} + row_number() OVER (ORDER BY ${[...table.parents, "id"].map(quote).join(", ")}), ?${key.length + 2}, json_array(${table.parents.map(quote).join(", ")}), "id", 'delete', '[]', ?${key.length + 3} FROM ${quote(table.name)} WHERE ${matches}`;
    const found = connection.prepare(log).run([...key, state.seq, table.place.path, steadyNow]);
    if (found === 0) continue;
    if (rows.length < mostContained) rows.push(...containedRows(table, connection.prepare(containedText(table, matches, dialect)).all(key), state.seq));
    state.seq += found;
    const ofRows = `"hub" = ?1 AND "n" IN (SELECT "n" FROM ${quote(table.name)} WHERE ${matches})`;
    for (const sql of linksOfRows(schema, table, { dialect, matches })) connection.prepare(sql).run(key);
    for (const side of table.sides) connection.prepare(`DELETE FROM ${quote(side.name)} WHERE ${ofRows}`).run(key);
    connection.prepare(`DELETE FROM ${quote(table.name)} WHERE ${matches}`).run(key);
  }
  return state.seq === before ? undefined : { count: state.seq - before, rows };
}

function isBelow(place: Place, above: Place): boolean {
  for (let one = place.parent; one !== undefined; one = one.parent) if (one === above) return true;
  return false;
}

/** Deletes everything that a hub holds and who may reach it; its change log, counters and audit trail stay. */
export function deleteHub({ connection, hubs }: Transaction, schema: StoreSchema, hub: string): void {
  const { n } = hubs.get(hub);
  const remove = (name: string, value: Scalar): number => connection.prepare(`DELETE FROM ${quote(name)} WHERE "hub" = ?1`).run([value]);
  for (const name of schema.tables.flatMap((table: Table) => [table.name, ...table.sides.map((side) => side.name)])) remove(name, n);
  for (const { name } of schema.links) remove(name, n);
  remove("dynamic_names", n);
  remove("hub_access", hub);
  remove("idempotency", hub);
  remove("leased_work", hub);
}
