import type { Permitted } from "../auth/permitted.ts";
import type { EntityType } from "../edm/types.ts";
import type { Place } from "../edm/model.ts";
import type { Members, Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { compileMembers, compileValues } from "./compileShaping.ts";
import type { Compiled } from "./compileQuery.ts";
import { outerKey } from "./outerKey.ts";
import { compileTargetOf, scopeOf, type Reading } from "./reading.ts";
import { runWith } from "./sqlText.ts";
import type { Picked, Row } from "./store.ts";

/** What rows are shaped by. */
export interface ShapingOf {
  readonly permitted: Permitted;
  readonly query: Query;
  readonly place: Place;
  readonly cast?: EntityType | undefined;
  /** For each row that of the path that it lies below, where it is expanded. */
  readonly outers?: readonly Row[];
}

/** Gives rows the values that are computed of them and the members of collections that stay: a statement each, for all rows at once. */
export async function shapeRows(reading: Reading, { permitted, query, place, cast, outers }: ShapingOf, rows: readonly Row[]): Promise<readonly Row[]> {
  const { shaping } = query;
  const table = reading.schema.tableOf(place);
  if (shaping === undefined || table === undefined || rows.length === 0) return rows;
  const target = compileTargetOf(permitted, reading, { table, cast });
  const list = JSON.stringify(
    rows.map((row, index) => [reading.numberOf(row.hub), ...row.parents, row.id, ...outerKey(query, outers?.[index] ?? row, reading)]),
  );
  const run = runWith({ ...scopeOf(permitted, reading), now: reading.now(), list });
  const fetch = (compiled: Compiled): Promise<readonly (readonly Scalar[])[]> => reading.fetch(compiled, run, { table });
  const values = shaping.columns.length === 0 ? [] : valuesOf(await fetch(compileValues(query, shaping.columns, target)), rows);
  const members: (readonly (readonly [Members, ReadonlyMap<string, Picked>])[])[] = [];
  for (const one of shaping.members) members.push(picksOf(await fetch(compileMembers(query, one, target)), one, rows).map((picked) => [one, picked] as const));
  return rows.map((row, index) => ({
    ...row,
    shaped: { values: values[index] ?? [], members: new Map(members.map((all) => all[index]!)) },
  }));
}

function valuesOf(found: readonly (readonly Scalar[])[], rows: readonly Row[]): (readonly Scalar[])[] {
  const values: (readonly Scalar[])[] = rows.map(() => []);
  for (const [index, ...columns] of found) values[Number(index)] = columns;
  return values;
}

/** By the places of the members around, joined by commas. */
function picksOf(found: readonly (readonly Scalar[])[], { sources, skip, top }: Members, rows: readonly Row[]): Map<string, Picked>[] {
  const picks = rows.map(() => new Map<string, { count: number; items: { at: number; values: readonly Scalar[] }[] }>());
  const depth = sources.length;
  for (const [index, ...rest] of found) {
    const ordinals = rest.slice(0, depth).map(Number);
    const [rank, count, ...values] = rest.slice(depth);
    const around = ordinals.slice(0, -1).join(",");
    const ofRow = picks[Number(index)]!;
    let picked = ofRow.get(around);
    if (picked === undefined) ofRow.set(around, (picked = { count: Number(count), items: [] }));
    const stays = Number(rank) > skip && (top === undefined || Number(rank) <= skip + top);
    if (stays) picked.items.push({ at: ordinals.at(-1)!, values });
  }
  return picks;
}
