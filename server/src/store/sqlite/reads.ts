import { isPermitted, type Permitted } from "../../auth/permitted.ts";
import type { EntityType } from "../../edm/types.ts";
import type { CollectionTarget, EntityTarget, Expansion, Plan, Query } from "../../plan/plan.ts";
import { compileExpansion, compileExpansionCount } from "../compileExpansion.ts";
import { compileCount, compileQuery, rowColumns, type CompileTarget } from "../compileQuery.ts";
import { sqliteDialect as dialect } from "../dialect.ts";
import { pageOf, pageSizeOf, type FetchedRow } from "../pageOf.ts";
import type { StoreSchema, Table } from "../schema.ts";
import { runWith, type Run } from "../sqlText.ts";
import type { Page, Row, StoreReads } from "../store.ts";
import type { SqlRow } from "./driver.ts";
import type { Readers } from "./readers.ts";

/** What reading needs. */
export interface Reading {
  readonly schema: StoreSchema;
  readonly readers: Readers;
  readonly now: () => string;
  /** Bytes of bodies that a page may have. */
  readonly pageBytes: number;
}

/** Refuses what `permit` did not make: a fault of ours, never of a client. */
export function requirePermitted(permitted: Permitted): void {
  if (!isPermitted(permitted)) throw new Error("The store was given a plan that nobody permitted.");
}

/** The part of a Run that the scope says. */
export function scopeOf({ scope, caller }: Permitted): Pick<Run, "hub" | "tenant"> {
  return scope.kind === "hub" ? { hub: scope.hub.id, tenant: caller.tenant } : { hub: "", tenant: scope.tenant };
}

/** The collection or row that a plan is about. */
export function targetOf(plan: Plan): CollectionTarget | EntityTarget {
  if (plan.kind === "document") throw new Error("A document has no rows.");
  return "entity" in plan.target ? plan.target.entity : plan.target;
}

type Lists = Pick<StoreReads, "list" | "count" | "get" | "expand">;

export function createReads(reading: Reading): Lists {
  return {
    async list(permitted) {
      requirePermitted(permitted);
      return listPage(reading, permitted);
    },
    async count(permitted) {
      requirePermitted(permitted);
      const { target, query } = permitted.plan;
      return countOf(reading, permitted, { target, query });
    },
    async get(permitted) {
      requirePermitted(permitted);
      return getRow(reading, permitted, targetOf(permitted.plan));
    },
    async expand(permitted, row, expand) {
      requirePermitted(permitted);
      const [filled] = await expandRows(reading, { permitted, expand }, [row]);
      return filled!;
    },
  };
}

function compileTargetOf(permitted: Permitted, table: Table, cast?: EntityType): CompileTarget {
  return { dialect, table, scope: permitted.scope.kind, ...(cast === undefined ? {} : { cast }) };
}

async function listPage(reading: Reading, permitted: Permitted<Extract<Plan, { kind: "list" }>>): Promise<Page> {
  const { target, query } = permitted.plan;
  const table = reading.schema.tableOf(target.place);
  if (table === undefined) return { rows: [], ...(query.count ? { count: 0 } : {}) };
  const { cursor } = permitted;
  const size = pageSizeOf(query, cursor);
  const compiled = compileQuery(query, compileTargetOf(permitted, table, target.cast), cursor?.values);
  const run = runWith({
    ...scopeOf(permitted),
    parents: target.parents,
    now: reading.now(),
    cursor: cursor?.values ?? [],
    limit: size.fetch,
    offset: query.skip,
  });
  const fetching =
    size.fetch === 0
      ? { rows: [], cut: false }
      : reading.readers.fetch(compiled, run, { table, bytes: reading.pageBytes, bytesOf: rowColumns.indexOf("body") });
  const counting = query.count ? countOf(reading, permitted, { target, query }) : undefined;
  // Both at once, so that neither fails unheard.
  const [{ rows, cut }, count] = await Promise.all([fetching, counting]);
  const page = pageOf(
    rows.map((row) => readRow(row, target.parents)),
    size,
    cut,
  );
  const expanded = query.expand.length === 0 ? page.rows : await expandRows(reading, { permitted, expand: query.expand }, page.rows);
  return { ...page, rows: expanded, ...(count === undefined ? {} : { count }) };
}

function readRow(row: SqlRow, parents: readonly string[], from = 0): FetchedRow {
  const [id, seq, type, body, hub] = row.slice(from, from + rowColumns.length) as [string, number, string, string, string];
  return { row: { hub, parents, id, seq, type, body }, order: row.slice(from + rowColumns.length) };
}

async function countOf(
  reading: Reading,
  permitted: Permitted,
  { target, query }: { readonly target: CollectionTarget; readonly query: Query },
): Promise<number> {
  const table = reading.schema.tableOf(target.place);
  if (table === undefined) return 0;
  const run = runWith({ ...scopeOf(permitted), parents: target.parents, now: reading.now() });
  const { rows } = await reading.readers.fetch(compileCount(query, compileTargetOf(permitted, table, target.cast)), run, { table });
  return Number(rows[0]![0]);
}

/** The row of an entity target, or of a singleton. */
function getRow({ schema, readers }: Reading, permitted: Permitted, target: CollectionTarget | EntityTarget): Row | undefined {
  if (target.kind !== "entity") throw new Error("A collection is no row.");
  const table = schema.tableOf(target.place);
  const { scope } = permitted;
  if (table === undefined || scope.kind === "fleet") return undefined;
  const hub = scope.hub.id;
  const id = target.key === "" && target.place.definition.hub === "home" ? hub : target.key;
  const anyId = target.key === "" && id === "";
  const row = readers.connection.prepare(getText(table, anyId)).get([hub, ...target.parents, ...(anyId ? [] : [id])]);
  if (row === undefined) return undefined;
  const [found, seq, type, body] = row as [string, number, string, string];
  if (target.cast !== undefined && !isOfType(type, target.cast)) return undefined;
  return { hub, parents: target.parents, id: found, seq, type, body };
}

function isOfType(name: string, type: EntityType): boolean {
  return name === type.name || type.derived.some((derived) => derived.name === name);
}

const getTexts = new WeakMap<Table, [string, string]>();

function getText(table: Table, anyId: boolean): string {
  let texts = getTexts.get(table);
  if (texts === undefined) {
    const { quote } = dialect;
    const where = (keys: readonly string[]) => keys.map((key, index) => `${quote(key)} = ?${index + 1}`).join(" AND ");
    const select = `SELECT "id", "seq", "type", "body" FROM ${quote(table.name)} WHERE `;
    texts = [`${select}${where(["hub", ...table.parents, "id"])}`, `${select}${where(["hub", ...table.parents])} LIMIT 1`];
    getTexts.set(table, texts);
  }
  return texts[anyId ? 1 : 0];
}

interface Expanding {
  readonly permitted: Permitted;
  readonly expand: readonly Expansion[];
}

/** Fills the expansions of all rows, one statement for each navigation. */
async function expandRows(reading: Reading, { permitted, expand }: Expanding, rows: readonly Row[]): Promise<Row[]> {
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
  const list = JSON.stringify(rows.map((row) => [row.hub, ...parentsOf(row, place.depth)]));
  const size = pageSizeOf(query);
  const target = compileTargetOf(permitted, table);
  const run = runWith({ ...scopeOf(permitted), now: reading.now(), list, limit: size.fetch, offset: query.skip });
  const counts = query.count || suffix === "count" ? await countsOf(reading, { run, table, query, target }) : undefined;
  const groups: FetchedRow[][] = rows.map(() => []);
  if (suffix !== "count" && size.fetch > 0) {
    const { rows: found } = await reading.readers.fetch(compileExpansion(query, target), run, { table });
    for (const row of found) groups[Number(row[0])]!.push(readRow(row, parentsOf(rows[Number(row[0])]!, place.depth), 1));
  }
  const pages = groups.map((group) => pageOf(group, size, false));
  return Promise.all(
    pages.map(async (page, index) => ({
      ...page,
      rows: await nested(reading, { permitted, expand: query.expand }, page.rows),
      ...(counts === undefined ? {} : { count: counts[index]! }),
    })),
  );
}

async function nested(reading: Reading, expanding: Expanding, rows: readonly Row[]): Promise<readonly Row[]> {
  return expanding.expand.length === 0 ? rows : expandRows(reading, expanding, rows);
}

interface Counting {
  readonly run: Run;
  readonly table: Table;
  readonly query: Query;
  readonly target: CompileTarget;
}

async function countsOf({ readers }: Reading, { run, table, query, target }: Counting): Promise<number[]> {
  const { rows } = await readers.fetch(compileExpansionCount(query, target), run, { table });
  const counts: number[] = [];
  for (const [index, count] of rows) counts[Number(index)] = Number(count);
  return counts;
}
