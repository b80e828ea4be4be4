import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import type { Expansion, Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import { compileExpansion, compileExpansionCount } from "./compileExpansion.ts";
import type { CompileTarget } from "./compileQuery.ts";
import { pageOf, pageSizeOf } from "./pageOf.ts";
import { bodyColumn } from "./rowShape.ts";
import type { Table } from "./schema.ts";
import { runWith, type Run } from "./sqlText.ts";
import type { Page, Row } from "./store.ts";
import { compileTargetOf, scopeOf, type Reading } from "./reading.ts";

interface Expanding {
  readonly permitted: Permitted;
  readonly expand: readonly Expansion[];
}

/** Fills the expansions of all rows, one statement for each navigation. */
export async function expandRows(reading: Reading, { permitted, expand }: Expanding, rows: readonly Row[]): Promise<Row[]> {
  const filled = rows.map((row) => ({ ...row, expanded: new Map(row.expanded) }));
  if (rows.length === 0) return filled;
  for (const expansion of expand) {
    const pages = await pagesOf(reading, { permitted, expansion }, rows);
    for (const [index, row] of filled.entries()) row.expanded.set(expansion.navigation.name, pages[index]!);
  }
  return filled;
}

interface ExpandingOne {
  readonly permitted: Permitted;
  readonly expansion: Expansion;
}

/** A row's own key stands behind its parents' in its children; hubs and singletons add none. */
function parentsOf(row: Row, depth: number): readonly string[] {
  return [...row.parents, row.id].slice(0, depth);
}

async function pagesOf(reading: Reading, { permitted, expansion }: ExpandingOne, rows: readonly Row[]): Promise<Page[]> {
  const { place, query, suffix } = expansion;
  const table = reading.schema.tableOf(place);
  if (table === undefined) return rows.map(() => ({ rows: [] }));
  const target = compileTargetOf(permitted, reading, { table });
  const list = JSON.stringify(rows.map((row) => [reading.numberOf(row.hub), ...parentsOf(row, place.depth)]));
  const run = runWith({ ...scopeOf(permitted, reading), now: reading.now(), list, limit: pageSizeOf(query).fetch, offset: query.skip });
  const asked: Asked = { run, table, query, target };
  const counts = query.count || suffix === "count" ? await countsOf(reading, asked) : undefined;
  const pages = suffix === "count" || run.limit === 0 ? rows.map((): Page => ({ rows: [] })) : await childrenOf(reading, asked, rows);
  return Promise.all(
    pages.map(async (page, index) => ({
      ...page,
      rows: query.expand.length === 0 ? page.rows : await expandRows(reading, { permitted, expand: query.expand }, page.rows),
      ...(counts === undefined ? {} : { count: counts[index]! }),
    })),
  );
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
  if (found.reduce((length, values) => length + (values[bodyColumn] as string).length, 0) > budget) {
    const what = `$expand: the expanded rows of this page are larger than ${budget} bytes in all. Narrow them by $top or $filter within $expand, or ask for smaller pages.`;
    throw problem("badRequest", { what }, { target: "$expand" });
  }
  const groups: (readonly Scalar[])[][] = rows.map(() => []);
  for (const values of found) groups[Number(values.at(-1))]!.push(values);
  const { shape } = compiled;
  return groups.map((group, index) => {
    const row = rows[index]!;
    const shared = { hub: row.hub, parents: parentsOf(row, table.place.depth), type: table.place.type.name };
    return pageOf(group, pageSizeOf(query), { shape, shared, budget });
  });
}

async function countsOf({ fetch }: Reading, { run, table, query, target }: Asked): Promise<number[]> {
  const counts: number[] = [];
  for (const [index, count] of await fetch(compileExpansionCount(query, target), run, { table })) counts[Number(index)] = Number(count);
  return counts;
}
