import type { Permitted } from "../auth/permitted.ts";
import { problem, type Problem } from "../base/errors.ts";
import type { Expansion, Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { compileExpansion, compileExpansionCount } from "./compileExpansion.ts";
import { compileQuery, type CompileTarget } from "./compileQuery.ts";
import { pageOf, pageSizeOf } from "./pageOf.ts";
import { outerKey } from "./outerKey.ts";
import { bodyColumn } from "./rowShape.ts";
import type { Table } from "./schema.ts";
import { runWith, type Run } from "./sqlText.ts";
import { shapeRows, type ShapingOf } from "./shapeRows.ts";
import type { Page, Row } from "./store.ts";
import { compileTargetOf, scopeOf, type Reading } from "./reading.ts";

interface Expanding {
  readonly permitted: Permitted;
  readonly expand: readonly Expansion[];
  readonly outers: readonly Row[];
}

/** Rows that one level of an expansion may have over all rows of a page. */
const mostRows = 20_000;

/** Gives rows what a query wants beside their bodies: computed values, members that stay, expansions. `outers`: for each the row of the path that it lies below. */
export async function fillRows(reading: Reading, filling: ShapingOf, rows: readonly Row[], outers = rows): Promise<readonly Row[]> {
  const { permitted, query } = filling;
  const shaped = query.shaping === undefined ? rows : await shapeRows(reading, { ...filling, outers }, rows);
  return query.expand.length === 0 ? shaped : expandRows(reading, { permitted, expand: query.expand, outers }, shaped);
}

/** Fills the expansions of all rows: one statement for each navigation of a level, whatever the number of rows (a count is one more). */
async function expandRows(reading: Reading, { permitted, expand, outers }: Expanding, rows: readonly Row[]): Promise<Row[]> {
  const filled = rows.map((row) => ({ ...row, expanded: new Map(row.expanded) }));
  if (rows.length === 0) return filled;
  for (const expansion of expand) {
    const pages = await pagesOf(reading, { permitted, expansion, outers }, rows);
    for (const [index, row] of filled.entries()) row.expanded.set(expansion.key, pages[index]!);
  }
  return filled;
}

interface ExpandingOne {
  readonly permitted: Permitted;
  readonly expansion: Expansion;
  readonly outers: readonly Row[];
}

/** A row's own key stands behind its parents' in its children; hubs and singletons add none. */
function parentsOf(row: Row, depth: number): readonly string[] {
  return [...row.parents, row.id].slice(0, depth);
}

async function pagesOf(reading: Reading, { permitted, expansion, outers }: ExpandingOne, rows: readonly Row[]): Promise<Page[]> {
  const { place, query, suffix, cast, link } = expansion;
  const table = reading.schema.tableOf(place);
  if (table === undefined) return rows.map(() => ({ rows: [] }));
  const target = compileTargetOf(permitted, reading, { table, cast, ...(link && { via: { link, schema: reading.schema } }) });
  const keyOf = (row: Row): readonly string[] => (link === undefined ? parentsOf(row, place.depth) : [...row.parents, row.id]);
  const list = JSON.stringify(rows.map((row, index) => [reading.numberOf(row.hub), ...keyOf(row), ...outerKey(query, outers[index]!, reading)]));
  const run = runWith({ ...scopeOf(permitted, reading), now: reading.now(), list, limit: pageSizeOf(query).fetch, offset: query.skip, most: mostRows + 1 });
  const asked: Asked = { run, table, query, target };
  const counts = query.count || suffix === "count" ? await countsOf(reading, asked) : undefined;
  const [only] = rows;
  const one = only !== undefined && rows.length === 1 && target.scope === "hub" && query.outer === undefined ? { row: only, from: keyOf(only) } : undefined;
  const isEmpty = suffix === "count" || run.limit === 0;
  const pages = isEmpty
    ? rows.map((): Page => ({ rows: [] }))
    : one === undefined
      ? await childrenOf(reading, asked, rows)
      : [await childrenOfOne(reading, asked, one)];
  const whole = counts === undefined ? pages : pages.map((page, index) => ({ ...page, count: counts[index]! }));
  return suffix !== undefined || (query.expand.length === 0 && query.shaping === undefined)
    ? whole
    : fillPages(reading, { permitted, query, place, cast, outers }, whole);
}

/** Fills the rows of all pages at once. */
async function fillPages(reading: Reading, { outers, ...filling }: ShapingOf & { readonly outers: readonly Row[] }, pages: readonly Page[]): Promise<Page[]> {
  const rows = await fillRows(
    reading,
    filling,
    pages.flatMap((page) => page.rows),
    pages.flatMap((page, index) => page.rows.map(() => outers[index]!)),
  );
  let at = 0;
  return pages.map((page) => ({ ...page, rows: rows.slice(at, (at += page.rows.length)) }));
}

interface Asked {
  readonly run: Run;
  readonly table: Table;
  readonly query: Query;
  readonly target: CompileTarget;
}

/** Pages that one page may expand into, by size. */
const largerThanPage = 8;

async function childrenOf({ fetch, pageBytes }: Reading, { run, table, query, target }: Asked, rows: readonly Row[]): Promise<Page[]> {
  const compiled = compileExpansion(query, target);
  const budget = largerThanPage * pageBytes;
  const found = await fetch(compiled, run, { table, budget, parents: rows.length });
  if (found.length > mostRows) throw tooMuch(`are more than ${mostRows}`);
  if (found.reduce((length, values) => length + (values[bodyColumn] as string).length, 0) > budget) throw tooMuch(`are larger than ${budget} bytes`);
  const groups: (readonly Scalar[])[][] = rows.map(() => []);
  for (const values of found) groups[Number(values.at(-1))]!.push(values);
  const { shape } = compiled;
  return groups.map((group, index) => {
    const row = rows[index]!;
    const shared = { hub: row.hub, parents: parentsOf(row, table.place.depth), type: table.place.type.name };
    return pageOf(group, pageSizeOf(query), { shape, shared, budget });
  });
}

/** Of one row they are a page of the collection that its own URL has: no sorting where an index has the order. */
async function childrenOfOne(
  { fetch, pageBytes }: Reading,
  { run, table, query, target }: Asked,
  { row, from }: { readonly row: Row; readonly from: readonly string[] },
): Promise<Page> {
  const parents = target.via === undefined ? from : [];
  const compiled = compileQuery(query, target);
  const budget = largerThanPage * pageBytes;
  const found = await fetch(compiled, { ...run, parents, from }, { table, budget });
  return pageOf(found, pageSizeOf(query), { shape: compiled.shape, shared: { hub: row.hub, parents, type: table.place.type.name }, budget });
}

/** R71: what an answer would be too large with, and what to change. */
function tooMuch(how: string): Problem {
  const what = `$expand: the expanded rows of one level of this page ${how} in all. Narrow them by $top or $filter within $expand, or ask for smaller pages.`;
  return problem("badRequest", { what }, { target: "$expand" });
}

async function countsOf({ fetch }: Reading, { run, table, query, target }: Asked): Promise<number[]> {
  const counts: number[] = [];
  for (const [index, count] of await fetch(compileExpansionCount(query, target), run, { table })) counts[Number(index)] = Number(count);
  return counts;
}
