import type { Place } from "../../edm/model.ts";
import { containedRows, containedText } from "../audit/containedRows.ts";
import { mostContained, type Contained, type ContainedRow } from "../audit/describeWrites.ts";
import type { StoreSchema, Table } from "../schema.ts";
import { linksOfRows } from "../linkWrites.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import type { HubState } from "./hubStates.ts";
import type { Script } from "./script.ts";

const { quote } = dialect;

/** The row whose contained rows go: its place, and its parents with its own key behind them. */
export interface Removed {
  readonly schema: StoreSchema;
  readonly place: Place;
  readonly parents: readonly string[];
  readonly now: string;
}

/** Deletes the rows below a deleted one, at any depth, each with its entry in the change log. What they were; undefined where there were none. */
export async function deleteContained(script: Script, state: HubState, { schema, place, parents, now }: Removed): Promise<Contained | undefined> {
  const { scope } = state;
  const before = state.seq;
  const rows: ContainedRow[] = [];
  for (const table of schema.tables.filter((one) => isBelow(one.place, place))) {
    const key = [state.n, ...parents];
    const matches = ["hub", ...table.parents.slice(0, parents.length)].map((name, index) => `${quote(name)} = $${index + 1}`).join(" AND ");
    const logged = await script.ask({ scope, sql: logText(table, matches, key.length), values: [...key, state.seq, table.place.path, now] });
    if (logged.count === 0) continue;
    if (rows.length < mostContained) {
      const told = await script.ask({ scope, sql: containedText(table, matches, dialect), values: key });
      rows.push(...containedRows(table, told.rows, state.seq));
    }
    state.seq += logged.count;
    const ofRows = `"hub" = $1 AND "n" IN (SELECT "n" FROM ${quote(table.name)} WHERE ${matches})`;
    for (const sql of linksOfRows(schema, table, { dialect, matches })) script.add({ scope, sql, values: key });
    for (const side of table.sides) script.add({ scope, sql: `DELETE FROM ${quote(side.name)} WHERE ${ofRows}`, values: key });
    script.add({ scope, sql: `DELETE FROM ${quote(table.name)} WHERE ${matches}`, values: key });
  }
  return state.seq === before ? undefined : { count: state.seq - before, rows };
}

function logText(table: Table, matches: string, keys: number): string {
  const [seq, path, now] = [1, 2, 3].map((index) => `$${keys + index}`);
  const order = [...table.parents, "id"].map(quote).join(", ");
  const parents = `'[' || concat_ws(',', ${table.parents.map((parent) => `to_json(${quote(parent)})::text`).join(", ")}) || ']'`;
  return `INSERT INTO "changes" SELECT "hub", ${seq}::bigint + row_number() OVER (ORDER BY ${order}), ${path}::text, ${parents}, "id", 'delete', '[]', ${now}::text FROM ${quote(table.name)} WHERE ${matches}`;
}

function isBelow(place: Place, above: Place): boolean {
  for (let one = place.parent; one !== undefined; one = one.parent) if (one === above) return true;
  return false;
}

/** Deletes everything that a hub holds and who may reach it; its change log, counters and audit trail stay. */
export function deleteHub(script: Script, { n, hub, scope }: HubState, schema: StoreSchema): void {
  const tables = [...schema.tables.flatMap((table) => [table.name, ...table.sides.map((side) => side.name)]), ...schema.links.map(({ name }) => name)];
  const remove = (name: string, value: string | number): void => script.add({ scope, sql: `DELETE FROM ${quote(name)} WHERE "hub" = $1`, values: [value] });
  for (const name of [...tables, "dynamic_names"]) remove(name, n);
  for (const name of ["hub_access", "idempotency", "leased_work"]) remove(name, hub);
}
