import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { ListPlan, Tracked } from "../plan/plan.ts";
import { compileMerged } from "./compileMerged.ts";
import { fillRows } from "./fillRows.ts";
import { pageSizeOf } from "./pageOf.ts";
import { compileTargetOf, scopeOf, type Reading } from "./reading.ts";
import type { SqlRow } from "./sqlRow.ts";
import { runWith } from "./sqlText.ts";
import type { Page, Row } from "./store.ts";

/** Where the body stands. */
const bodyAt = 4;

/** A page of rows of several sets in one order (`$all` with `$orderby` or `$skip`); each row tells its part. */
export async function mergedPage(reading: Reading, permitted: Permitted<ListPlan>, items: number): Promise<Page> {
  const { plan, cursor, scope } = permitted;
  const { schema, pageBytes } = reading;
  const parts = plan.parts!.filter(({ target }) => schema.tableOf(target.place) !== undefined);
  const [first] = parts;
  const size = pageSizeOf(plan.query, cursor);
  if (first === undefined || size.fetch === 0) return { rows: [] };
  if (cursor !== undefined && cursor.values.length !== items + 2)
    throw problem("gone", { what: "The $skiptoken is out of use: start again from the first page." }, { target: "$skiptoken" });
  const table = schema.tableOf(first.target.place)!;
  const compiled = compileMerged({ parts, items, target: compileTargetOf(permitted, reading, { table }), schema }, cursor?.values);
  const run = runWith({ ...scopeOf(permitted, reading), now: reading.now(), cursor: cursor?.values ?? [], limit: size.fetch, offset: plan.query.skip });
  const found = await reading.fetch(compiled, run, { table });
  const shown = found.slice(0, fitting(found, size.size, pageBytes));
  const hub = scope.kind === "hub" ? scope.hub.id : "";
  const rows = shown.map(([part, id, seq, type, body]): Row => {
    const number = plan.parts!.indexOf(parts[Number(part)]!);
    return { hub, parents: [], id: String(id), seq: Number(seq), type: String(type), body: String(body), part: number };
  });
  const left = size.remaining === undefined ? undefined : size.remaining - shown.length;
  const isLast = shown.length === 0 || left === 0 || shown.length === found.length;
  const [part, id, , , , ...values] = shown.at(-1) ?? [];
  const next = isLast ? {} : { next: { values: [...values, part!, id!], ...(left === undefined ? {} : { remaining: left }) } };
  return { rows: await filled(reading, { permitted, parts: plan.parts! }, rows), ...next };
}

/** How many rows a page has, by number and by size; one at least. */
function fitting(found: readonly SqlRow[], size: number, budget: number): number {
  let length = 0;
  let count = 0;
  while (count < size && count < found.length) {
    length += String(found[count]![bodyAt]).length;
    if (length > budget && count > 0) break;
    count += 1;
  }
  return count;
}

interface Filling {
  readonly permitted: Permitted<ListPlan>;
  readonly parts: readonly Tracked[];
}

/** What rows have beside their bodies: for all of one part at once. */
async function filled(reading: Reading, { permitted, parts }: Filling, rows: readonly Row[]): Promise<readonly Row[]> {
  const whole = [...rows];
  for (const [part, { target, query }] of parts.entries()) {
    if (query.expand.length === 0 && query.shaping === undefined) continue;
    const places = [...rows.keys()].filter((index) => rows[index]!.part === part);
    const own = places.map((index) => rows[index]!);
    const done = await fillRows(reading, { permitted, query, place: target.place, cast: target.cast }, own);
    for (const [at, index] of places.entries()) whole[index] = done[at]!;
  }
  return whole;
}
