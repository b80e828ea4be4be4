import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { CrossedSet, Plan, Query } from "../plan/plan.ts";
import { columnsOfSet, compileCrossjoin, compileCrossjoinCount } from "./compileCrossjoin.ts";
import { fillRows } from "./fillRows.ts";
import { pageSizeOf } from "./pageOf.ts";
import { compileTargetOf, scopeOf, type Reading } from "./reading.ts";
import type { SqlRow } from "./sqlRow.ts";
import { runWith } from "./sqlText.ts";
import type { Page, Row } from "./store.ts";

type ListPlan = Permitted<Extract<Plan, { kind: "list" | "delta" }>>;

/** A page of `$crossjoin`: each row is one entity of each set. */
export async function crossjoinPage(reading: Reading, permitted: ListPlan, sets: readonly CrossedSet[]): Promise<Page> {
  const { plan, cursor, scope } = permitted;
  const { query } = plan;
  const { schema } = reading;
  const table = schema.tableOf(sets[0]!.place)!;
  const target = compileTargetOf(permitted, reading, { table });
  if (cursor !== undefined && cursor.values.length !== query.orderby.length)
    throw problem("gone", { what: "The $skiptoken is out of use: start again from the first page." }, { target: "$skiptoken" });
  const size = pageSizeOf(query, cursor);
  const run = runWith({ ...scopeOf(permitted, reading), now: reading.now(), cursor: cursor?.values ?? [], limit: size.fetch, offset: query.skip });
  const count = query.count ? Number((await reading.fetch(compileCrossjoinCount(query, target, schema), run, { table }))[0]![0]) : undefined;
  const found = size.fetch === 0 ? [] : await reading.fetch(compileCrossjoin(query, target, schema, cursor?.values), run, { table });
  const shown = found.slice(0, fitting(found, { size: size.size, budget: reading.pageBytes, sets: sets.length }));
  const hub = scope.kind === "hub" ? scope.hub.id : "";
  const rows = await filled(
    reading,
    { permitted, sets },
    shown.map((values) => rowOf(values, sets, hub)),
  );
  const left = size.remaining === undefined ? undefined : size.remaining - shown.length;
  const isLast = shown.length === 0 || left === 0 || shown.length === found.length;
  const next = isLast ? {} : { next: { values: shown.at(-1)!.slice(columnsOfSet * sets.length), ...(left === undefined ? {} : { remaining: left }) } };
  return { rows, ...next, ...(count === undefined ? {} : { count }) };
}

interface Fitting {
  readonly size: number;
  readonly budget: number;
  readonly sets: number;
}

/** How many rows a page has, by number and by size; one at least. */
function fitting(found: readonly SqlRow[], { size, budget, sets }: Fitting): number {
  let length = 0;
  let count = 0;
  while (count < size && count < found.length) {
    for (let set = 0; set < sets; set += 1) length += String(found[count]![set * columnsOfSet + 3]).length;
    if (length > budget && count > 0) break;
    count += 1;
  }
  return count;
}

function rowOf(values: SqlRow, sets: readonly CrossedSet[], hub: string): Row {
  const joined = sets.map((_, index): Row => {
    const [id, seq, type, body] = values.slice(index * columnsOfSet, (index + 1) * columnsOfSet);
    return { hub, parents: [], id: String(id), seq: Number(seq), type: String(type), body: String(body) };
  });
  return { hub, parents: [], id: "", seq: 0, type: "", body: "", joined };
}

interface Filling {
  readonly permitted: ListPlan;
  readonly sets: readonly CrossedSet[];
}

/** What shown entities have beside their bodies: for all rows of the page at once. */
async function filled(reading: Reading, { permitted, sets }: Filling, rows: readonly Row[]): Promise<readonly Row[]> {
  const joined = rows.map((row) => [...row.joined!]);
  for (const [index, { place, shown }] of sets.entries()) {
    if (shown === undefined || !isMore(shown)) continue;
    const whole = await fillRows(
      reading,
      { permitted, query: shown, place },
      joined.map((all) => all[index]!),
    );
    for (const [at, all] of joined.entries()) all[index] = whole[at]!;
  }
  return rows.map((row, index) => ({ ...row, joined: joined[index]! }));
}

function isMore({ expand, shaping }: Query): boolean {
  return expand.length > 0 || shaping !== undefined;
}
