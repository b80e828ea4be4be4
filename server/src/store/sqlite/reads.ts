import type { Permitted } from "../../auth/permitted.ts";
import { problem } from "../../base/errors.ts";
import type { EntityType } from "../../edm/types.ts";
import type { CollectionTarget, EntityTarget, Plan, Query } from "../../plan/plan.ts";
import { compileCount, compileQuery } from "../compileQuery.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { pageOf, pageSizeOf } from "../pageOf.ts";
import type { Table } from "../schema.ts";
import { runWith } from "../sqlText.ts";
import type { Page, Row, StoreReads } from "../store.ts";
import { expandRows } from "./expandRows.ts";
import type { RowPlace } from "./recentRows.ts";
import { compileTargetOf, ownRows, requirePermitted, scopeOf, targetOf, type Reading } from "./reading.ts";

type Lists = Pick<StoreReads, "list" | "count" | "get" | "expand">;

export function createReads(reading: Reading): Lists {
  return {
    async list(permitted) {
      requirePermitted(permitted);
      return reading.pages.get(permitted, () => listPage(reading, permitted));
    },
    async count(permitted) {
      requirePermitted(permitted);
      const { target, query } = permitted.plan;
      return countOf(reading, permitted, { target, query });
    },
    get(permitted) {
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

async function listPage(reading: Reading, permitted: Permitted<Extract<Plan, { kind: "list" | "delta" }>>): Promise<Page> {
  const { target, query } = permitted.plan;
  const table = reading.schema.tableOf(target.place);
  if (table === undefined) return { rows: [], ...(query.count ? { count: 0 } : {}) };
  const fetching = fetchPage(reading, permitted, table);
  const counting = query.count ? countOf(reading, permitted, { target, query }) : undefined;
  // Both at once, so that neither fails unheard.
  const [page, count] = await Promise.all([fetching, counting]);
  const rows = query.expand.length === 0 ? page.rows : await expandRows(reading, { permitted, expand: query.expand }, page.rows);
  return { ...page, rows, ...(count === undefined ? {} : { count }) };
}

async function fetchPage(reading: Reading, permitted: Permitted<Extract<Plan, { kind: "list" | "delta" }>>, table: Table): Promise<Page> {
  const { plan, cursor } = permitted;
  const { target, query } = plan;
  const size = pageSizeOf(query, cursor);
  if (size.fetch === 0) return { rows: [] };
  const { parents } = target;
  if (cursor !== undefined && cursor.values.length !== query.orderby.length) throw outOfUse();
  const compileTarget = compileTargetOf(permitted, table, target.cast);
  const compiled = compileQuery(query, compileTarget, cursor?.values);
  const run = runWith({ ...scopeOf(permitted, reading), parents, now: reading.now(), cursor: cursor?.values ?? [], limit: size.fetch, offset: query.skip });
  const budget = reading.pageBytes;
  const rows = await reading.readers.fetch(compiled, run, { table, budget });
  return pageOf(rows, size, {
    shape: compiled.shape,
    shared: { hub: permitted.scope.kind === "hub" ? permitted.scope.hub.id : "", parents, type: table.place.type.name },
    budget,
  });
}

/** A cursor of an earlier version of this product, whose orders had other ends. */
function outOfUse(): Error {
  return problem("gone", { what: "The $skiptoken is out of use: start again from the first page." }, { target: "$skiptoken" });
}

async function countOf(
  reading: Reading,
  permitted: Permitted,
  { target, query }: { readonly target: CollectionTarget; readonly query: Query },
): Promise<number> {
  const table = reading.schema.tableOf(target.place);
  if (table === undefined) return 0;
  const run = runWith({ ...scopeOf(permitted, reading), parents: target.parents, now: reading.now() });
  const rows = await reading.readers.fetch(compileCount(query, compileTargetOf(permitted, table, target.cast)), run, { table });
  return Number(rows[0]![0]);
}

/** The row of an entity target, or of a singleton. */
function getRow(reading: Reading, permitted: Permitted, target: CollectionTarget | EntityTarget): Row | undefined {
  const { schema, recent } = reading;
  if (target.kind !== "entity") throw new Error("A collection is no row.");
  const table = schema.tableOf(target.place);
  const { scope } = permitted;
  if (table === undefined || scope.kind === "fleet") return undefined;
  const hub = scope.hub.id;
  const { kind, definition } = target.place;
  const id = kind === "singleton" && definition.hub === "home" ? hub : target.key;
  const anyId = kind === "singleton" && id === "";
  const place = { table, hub, parents: target.parents };
  const owned = ownRows(permitted, table, target.parents.length + (anyId ? 2 : 3));
  const read = (): Row | undefined => readRow(reading, place, { ...(anyId ? {} : { id }), owned });
  const row = anyId || owned.sql !== "" ? read() : (recent.find(place, id) ?? recent.keep(place, read()));
  return row === undefined || (target.cast !== undefined && !isOfType(row.type, target.cast)) ? undefined : row;
}

/** The row that is asked for: without an id, the one that a singleton has. */
interface Wanted {
  readonly id?: string;
  readonly owned: ReturnType<typeof ownRows>;
}

function readRow({ readers: { connection }, numberOf }: Reading, { table, hub, parents }: RowPlace, { id, owned }: Wanted): Row | undefined {
  const keys = [numberOf(hub), ...parents, ...(id === undefined ? [] : [id])];
  const text = getText(table, id === undefined);
  const row = connection.prepare(owned.sql === "" ? text : `${text}${owned.sql}`).get([...keys, ...owned.values]);
  if (row === undefined) return undefined;
  const [found, seq, type, body] = row as [string, number, string, string];
  return { hub, parents, id: found, seq, type, body };
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
    texts = [`${select}${where(["hub", ...table.parents, "id"])}`, `${select}${where(["hub", ...table.parents])}`];
    getTexts.set(table, texts);
  }
  return texts[anyId ? 1 : 0];
}
