import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { CollectionTarget, ListPlan, Plan, Query } from "../plan/plan.ts";
import { compileApplied, compileAppliedCount } from "./compileApplied.ts";
import { compileCount, compileQuery } from "./compileQuery.ts";
import { crossjoinPage } from "./crossjoinPage.ts";
import { fillRows } from "./fillRows.ts";
import { mergedPage } from "./mergedPage.ts";
import { pageOf, pageSizeOf } from "./pageOf.ts";
import { compileTargetOf, scopeOf, wayTo, type Reading } from "./reading.ts";
import type { Table } from "./schema.ts";
import { runWith } from "./sqlText.ts";
import type { Page } from "./store.ts";

/** The page of a permitted list, expansions filled. */
export async function listPage(reading: Reading, permitted: Permitted<Extract<Plan, { kind: "list" | "delta" }>>): Promise<Page> {
  const { target, query } = permitted.plan;
  const table = reading.schema.tableOf(target.place);
  if (table === undefined) return { rows: [], ...(query.count ? { count: 0 } : {}) };
  if (permitted.plan.kind === "list" && permitted.plan.merged !== undefined)
    return mergedPage(reading, permitted as Permitted<ListPlan>, permitted.plan.merged);
  if (query.crossjoin !== undefined) return crossjoinPage(reading, permitted, query.crossjoin);
  const fetching = fetchPage(reading, permitted, table);
  const counting = query.count ? countOf(reading, permitted, { target, query }) : undefined;
  // Both at once, so that neither fails unheard.
  const [page, count] = await Promise.all([fetching, counting]);
  const rows =
    query.expand.length === 0 && query.shaping === undefined
      ? page.rows
      : await fillRows(reading, { permitted, query, place: target.place, cast: target.cast }, page.rows);
  return { ...page, rows, ...(count === undefined ? {} : { count }) };
}

async function fetchPage(reading: Reading, permitted: Permitted<Extract<Plan, { kind: "list" | "delta" }>>, table: Table): Promise<Page> {
  const { plan, cursor } = permitted;
  const { target, query } = plan;
  const size = pageSizeOf(query, cursor);
  if (size.fetch === 0) return { rows: [] };
  const { parents } = target;
  if (cursor !== undefined && cursor.values.length !== query.orderby.length) throw outOfUse();
  const { via, from } = wayTo(target, reading.schema);
  const compileTarget = compileTargetOf(permitted, reading, { table, cast: target.cast, ...(via && { via }) });
  const applied = query.apply === undefined ? undefined : compileApplied(query, { ...compileTarget, schema: reading.schema }, cursor?.values);
  const compiled = applied ?? compileQuery(query, compileTarget, cursor?.values);
  const run = runWith({
    ...scopeOf(permitted, reading),
    parents,
    from,
    now: reading.now(),
    cursor: cursor?.values ?? [],
    limit: size.fetch,
    offset: query.skip,
  });
  const budget = reading.pageBytes;
  const rows = await reading.fetch(compiled, run, { table, budget });
  if (applied?.total !== undefined && Number(rows[0]?.[applied.total] ?? 0) > query.apply!.most) throw tooManyGroups(query.apply!.most);
  return pageOf(rows, size, {
    shape: compiled.shape,
    ...(applied === undefined ? {} : { applied }),
    shared: { hub: permitted.scope.kind === "hub" ? permitted.scope.hub.id : "", parents, type: table.place.type.name },
    budget,
  });
}

function tooManyGroups(most: number): Error {
  const what = `$apply: the result has more than ${most} rows; group by less, put a filter(...) in front, or cut it by topcount(...) or top(...).`;
  return problem("badRequest", { what }, { target: "$apply" });
}

/** A cursor of an earlier version of this product, whose orders had other ends. */
function outOfUse(): Error {
  return problem("gone", { what: "The $skiptoken is out of use: start again from the first page." }, { target: "$skiptoken" });
}

/** How many rows of a collection a query matches. */
export async function countOf(
  reading: Reading,
  permitted: Permitted,
  { target, query }: { readonly target: CollectionTarget; readonly query: Query },
): Promise<number> {
  const table = reading.schema.tableOf(target.place);
  if (table === undefined) return 0;
  const { via, from } = wayTo(target, reading.schema);
  const run = runWith({ ...scopeOf(permitted, reading), parents: target.parents, from, now: reading.now() });
  const compileTarget = compileTargetOf(permitted, reading, { table, cast: target.cast, ...(via && { via }) });
  const compiled = query.apply === undefined ? compileCount(query, compileTarget) : compileAppliedCount(query, { ...compileTarget, schema: reading.schema });
  const rows = await reading.fetch(compiled, run, { table });
  return Number(rows[0]![0]);
}
