import type { Awaitable } from "../base/awaitable.ts";
import { problem } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { parseStored } from "../base/parseJson.ts";
import { withReadVersion } from "../base/readVersion.ts";
import { seqOf } from "../base/storedBody.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { Place } from "../edm/model.ts";
import type { Found, NamedReads, RuleRead } from "../edm/rules.ts";
import type { Scalar } from "../plan/typed.ts";
import { toColumnOf } from "./columnValue.ts";
import { hubsOf } from "./compileQuery.ts";
import { cutoff } from "./cutoff.ts";
import type { Dialect } from "./dialect.ts";
import { followLink } from "./followLink.ts";
import { relatedRows } from "./relatedRows.ts";
import { ownRows, requirePermitted, type Reading } from "./reading.ts";
import type { Column, SideTable, Table } from "./schema.ts";
import type { SqlRow } from "./sqlRow.ts";
import type { IdempotencyKey, IdempotentAnswer, Row, StoreReads } from "./store.ts";

/** What the reads of decisions need of an engine. */
export interface Deciding extends Pick<Reading, "dialect" | "schema" | "numberOf"> {
  /** Runs statements that see one state of the data: the rows of each. */
  readonly rows: (statements: readonly Asked[]) => Awaitable<readonly (readonly SqlRow[])[]>;
  /** The instant by a clock that is never set anew. */
  readonly steadyNow: () => string;
}

interface Asked {
  readonly sql: string;
  readonly values: readonly Scalar[];
}

type Helpers = Pick<StoreReads, "rowsOf" | "ruleReads" | "follow" | "related" | "knowsDynamic" | "idempotent">;

/** The reads that decisions ask for beside their own row; `engineFor` gives what reads in a plan's scope. */
export function createDecisionReads(engineFor: (permitted: Permitted) => Awaitable<Deciding>): Helpers {
  return {
    async rowsOf(permitted, place, ids, parents) {
      requirePermitted(permitted);
      return rowsOf(await engineFor(permitted), permitted, { place, ids, parents });
    },
    async ruleReads(permitted, reads) {
      requirePermitted(permitted);
      return ruleReads(await engineFor(permitted), permitted, reads);
    },
    async follow(permitted, via) {
      requirePermitted(permitted);
      return followLink(await engineFor(permitted), permitted, via);
    },
    async related(permitted, asked) {
      requirePermitted(permitted);
      return relatedRows(await engineFor(permitted), permitted, asked);
    },
    async knowsDynamic(permitted, place, name) {
      requirePermitted(permitted);
      const { dialect, numberOf, schema, rows } = await engineFor(permitted);
      const { scope } = permitted;
      const path = place.definition.hub === "home" ? schema.model.hub!.fleet.path : place.path;
      const [first, second, third] = [1, 2, 3].map((n) => dialect.parameter(n));
      const [inScope, value] = scope.kind === "hub" ? [`"hub" = ${first}`, numberOf(scope.hub.id)] : [`"hub" IN ${hubsOf(first!, dialect)}`, scope.tenant];
      const sql = `SELECT 1 FROM "dynamic_names" WHERE ${inScope} AND "place" = ${second} AND "name" = ${third} LIMIT 1`;
      const [found] = await rows([{ sql, values: [value, path, name] }]);
      return found!.length > 0;
    },
    async idempotent(permitted, key) {
      requirePermitted(permitted);
      return idempotent(await engineFor(permitted), permitted, key);
    },
  };
}

function hubOf({ scope }: Permitted): string {
  if (scope.kind === "fleet") throw new Error("A read of one hub was asked for in the scope of a fleet.");
  return scope.hub.id;
}

interface RowsAsked {
  readonly place: Place;
  readonly ids: readonly string[];
  readonly parents: readonly string[];
}

async function rowsOf({ schema, rows, numberOf, dialect }: Deciding, permitted: Permitted, { place, ids, parents }: RowsAsked): Promise<Row[]> {
  const table = schema.tableOf(place);
  if (table === undefined) return [];
  const hub = hubOf(permitted);
  const keys = ["hub", ...table.parents];
  const { quote } = dialect;
  const list = dialect.parameter(keys.length + 1);
  const owned = ownRows(permitted, table, { dialect, n: keys.length + 2 });
  const sql = `SELECT "id", "seq", "type", "body" FROM ${quote(table.name)} WHERE ${matches(keys, dialect)} AND "id" IN ${dialect.listOf(list)}${owned.sql}`;
  const [found] = await rows([{ sql, values: [numberOf(hub), ...parents.slice(0, table.parents.length), JSON.stringify(ids), ...owned.values] }]);
  const byId = new Map(found!.map((row) => [row[0] as string, row]));
  return [...new Set(ids)].flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [readRow(row, { hub, parents })];
  });
}

function readRow([id, seq, type, body]: SqlRow, { hub, parents }: { readonly hub: string; readonly parents: readonly string[] }): Row {
  return { hub, parents, id: String(id), seq: Number(seq), type: String(type), body: String(body) };
}

function matches(keys: readonly string[], { quote, parameter }: Dialect): string {
  return keys.map((key, index) => `${quote(key)} = ${parameter(index + 1)}`).join(" AND ");
}

/** All reads of a rule at once. */
async function ruleReads(deciding: Deciding, permitted: Permitted, reads: NamedReads): Promise<Found> {
  const prepared = Object.entries(reads).map(([name, read]) => ({ name, read, asked: askedBy(deciding, permitted, read) }));
  const asked = prepared.flatMap((one) => one.asked ?? []);
  const results = asked.length === 0 ? [] : await deciding.rows(asked);
  const found = new Map(asked.map((one, index) => [one, results[index]!]));
  return Object.fromEntries(prepared.map(({ name, read, asked: one }) => [name, foundBy(read, one === undefined ? undefined : found.get(one))]));
}

/** Undefined for a place that has no rows. */
function askedBy(deciding: Deciding, permitted: Permitted, read: RuleRead): Asked | undefined {
  const { schema, numberOf, dialect } = deciding;
  if (read.kind === "logged") return inLog(read.sequence, numberOf(hubOf(permitted)), dialect);
  const table = schema.tableOf(schema.model.place(read.place));
  if (table === undefined) return undefined;
  if (read.kind === "find") return findRows(read, numberOf(hubOf(permitted)), { table, dialect, owned: (n) => ownRows(permitted, table, { dialect, n }) });
  if (read.kind === "behind") return rowsBehind(read, numberOf(hubOf(permitted)), { table, dialect });
  if (read.kind === "within") {
    const isWide = read.ranges.some(([least, most]) => least < most);
    const owned = ownRows(permitted, table, { dialect, n: isWide ? 5 : 4 });
    return withinRanges(read, numberOf(hubOf(permitted)), { table, dialect, owned });
  }
  const { condition, values } = wanted({ table, dialect }, numberOf(hubOf(permitted)), read);
  const owned = ownRows(permitted, table, { dialect, n: values.length + 1 });
  const found = `FROM ${dialect.quote(table.name)} WHERE ${condition}${owned.sql}`;
  const all = [...values, ...owned.values];
  switch (read.kind) {
    case "get":
      return { sql: `SELECT "body" ${found}`, values: all };
    case "count":
      return read.limit === undefined
        ? { sql: `SELECT count(*) ${found}`, values: all }
        : { sql: `SELECT count(*) FROM (SELECT 1 ${found} LIMIT ${dialect.parameter(all.length + 1)}) AS "counted"`, values: [...all, read.limit] };
    case "greatest":
      return { sql: `SELECT max(${dialect.quote(columnAt(table, read.path).name)}) ${found}`, values: all };
    default:
      return { sql: `SELECT "body" ${found} ORDER BY "seq" LIMIT ${dialect.parameter(all.length + 1)}`, values: [...all, read.limit ?? 1000] };
  }
}

/**
 * From the ranges to the rows: what is one text alone is looked for among all of them at once, every real range by itself. The ranges are taken out of
 * their parameter first, so that no plan reads them again for each row.
 */
function withinRanges({ path, ranges, limit = 1000 }: Ranged, hub: number, { table, dialect, owned }: Within): Asked {
  const { parameter, quote, elementMember } = dialect;
  const column = `t.${quote(columnAt(table, path).name)}`;
  const from = (condition: string, more = ""): string =>
    `SELECT t."seq" AS "at", t."body" AS "found" FROM ${more}${quote(table.name)} AS t WHERE t."hub" = ${parameter(2)} AND ${condition}${owned.sql}`;
  const texts = ranges.filter(([least, most]) => least === most).map(([text]) => text);
  const wide = ranges.filter(([least, most]) => least < most);
  const bounds = `(SELECT DISTINCT ${elementMember(0, "text")} AS "least", ${elementMember(1, "text")} AS "most" FROM ${dialect.elements(parameter(4))}) AS r CROSS JOIN `;
  const parts = [from(`${column} IN ${dialect.listOf(parameter(1))}`), from(`${column} >= r."least" AND ${column} <= r."most"`, bounds)];
  const sql = `SELECT "found" FROM (${parts.slice(0, wide.length === 0 ? 1 : 2).join(" UNION ")}) AS f ORDER BY "at" LIMIT ${parameter(3)}`;
  const more = wide.length === 0 ? [] : [JSON.stringify(wide)];
  return { sql, values: [JSON.stringify(texts), hub, limit, ...more, ...owned.values] };
}

function inLog(sequence: number, hub: number, { parameter }: Dialect): Asked {
  return { sql: `SELECT count(*) FROM "changes" WHERE "hub" = ${parameter(1)} AND "seq" = ${parameter(2)}`, values: [hub, sequence] };
}

/** The oldest rows, up to the one that so many newer ones stand before. */
function rowsBehind(
  { parents, by, keep, limit }: Extract<RuleRead, { kind: "behind" }>,
  hub: number,
  { table, dialect }: Pick<Within, "table" | "dialect">,
): Asked {
  const { quote, parameter } = dialect;
  const owner = ["hub", ...table.parents];
  const [column, rows] = [quote(columnAt(table, by).name), `FROM ${quote(table.name)} WHERE ${matches(owner, dialect)}`];
  const [skipped, most] = [parameter(owner.length + 1), parameter(owner.length + 2)];
  const newest = `(SELECT ${column} ${rows} ORDER BY ${column} DESC${dialect.nullsLowest(true)} LIMIT 1 OFFSET ${skipped})`;
  const sql = `SELECT "body" ${rows} AND ${column} <= ${newest} ORDER BY ${column}${dialect.nullsLowest(false)} LIMIT ${most}`;
  return { sql, values: [hub, ...parents, keep, limit] };
}

/** All conditions hold, in the order that is asked for or that of writing. One on an element of a collection is looked up in the side table's index. */
function findRows({ where, newestBy, limit = 1000 }: Sought, hub: number, { table, dialect, owned }: Finding): Asked {
  const { quote, parameter } = dialect;
  const values: Scalar[] = [hub];
  const held = (value: Scalar): string => parameter(values.push(value));
  const conditions = where.map((one) => `AND ${conditionOf(one, { table, dialect, held })}`).join(" ");
  const own = owned(values.length + 1);
  values.push(...own.values);
  const order = newestBy === undefined ? `t."seq"` : `t.${quote(columnAt(table, newestBy).name)} DESC, t."seq" DESC`;
  const sql = `SELECT t."body" FROM ${quote(table.name)} AS t WHERE t."hub" = ${parameter(1)} ${conditions}${own.sql} ORDER BY ${order} LIMIT ${held(limit)}`;
  return { sql, values };
}

type Sought = Extract<RuleRead, { kind: "find" }>;

interface Finding extends Pick<Within, "table" | "dialect"> {
  /** The rows that the caller may see alone, from the n-th parameter on. */
  readonly owned: (n: number) => ReturnType<typeof ownRows>;
}

interface Conditioned extends Pick<Within, "table" | "dialect"> {
  /** Takes a value, and gives the parameter that it is. */
  readonly held: (value: Scalar) => string;
}

const comparisons = { eq: "=", gt: ">", le: "<=" } as const;

function conditionOf({ path, is, value }: Sought["where"][number], { table, dialect, held }: Conditioned): string {
  const { quote } = dialect;
  const column = table.byPath.get(path)?.[0];
  const side = column === undefined ? table.sides.find((each) => elementAt(each, path) !== undefined) : undefined;
  const one = column ?? (side === undefined ? undefined : elementAt(side, path));
  if (one === undefined) throw problem("internal");
  const stored = (item: Json): Scalar => toColumnOf(one.property)(item);
  const name = quote(one.name);
  const compared =
    is === "in"
      ? `${name} IN ${dialect.listOf(held(JSON.stringify((value as readonly Json[]).map(stored))))}`
      : `${name} ${comparisons[is]} ${held(stored(value))}`;
  if (side === undefined) return `t.${compared}`;
  return `t."n" IN (SELECT s."n" FROM ${quote(side.name)} AS s WHERE s."hub" = ${dialect.parameter(1)} AND s.${compared})`;
}

function elementAt(side: SideTable, path: string): Column | undefined {
  return side.columns.find(({ steps }) => [...side.path, ...steps].join("/") === path);
}

type Ranged = Extract<RuleRead, { kind: "within" }>;

interface Within {
  readonly table: Table;
  readonly dialect: Dialect;
  readonly owned: ReturnType<typeof ownRows>;
}

function foundBy({ kind }: RuleRead, rows: readonly SqlRow[] | undefined): Json {
  switch (kind) {
    case "get":
      return rows?.[0] === undefined ? null : entityOf(rows[0][0]);
    case "logged":
    case "count":
      return Number(rows?.[0]?.[0] ?? 0);
    case "greatest": {
      const value = rows?.[0]?.[0] ?? null;
      return value === null ? null : String(value);
    }
    default:
      return (rows ?? []).map((row) => entityOf(row[0]));
  }
}

/** The rows that a read is about: a condition, and its values in their order. */
function wanted(
  { table, dialect }: { readonly table: Table; readonly dialect: Dialect },
  hub: number,
  read: Exclude<RuleRead, Ranged | Sought | { kind: "behind" | "logged" }>,
): Wanted {
  switch (read.kind) {
    case "get":
      return { condition: matches(["hub", ...table.parents, "id"], dialect), values: [hub, ...(read.parents ?? []), read.id] };
    case "count":
      return { condition: matches(["hub", ...table.parents], dialect), values: [hub, ...read.parents] };
    case "greatest": {
      const among = { condition: matches(["hub", ...table.parents], dialect), values: [hub, ...read.parents] };
      return read.where === undefined ? among : narrowed(among, { table, dialect }, read.where);
    }
    case "all":
      return { condition: matches(["hub"], dialect), values: [hub] };
    case "where":
      return narrowed({ condition: matches(["hub"], dialect), values: [hub] }, { table, dialect }, read);
  }
}

interface Wanted {
  readonly condition: string;
  readonly values: readonly Scalar[];
}

/** Of the rows those where a property has a value. */
function narrowed(
  { condition, values }: Wanted,
  { table, dialect }: { readonly table: Table; readonly dialect: Dialect },
  { path, equals }: { readonly path: string; readonly equals: Json },
): Wanted {
  const column = columnAt(table, path);
  const value = equals === null ? null : toColumnOf(column.property)(equals);
  return { condition: `${condition} AND ${dialect.same(dialect.quote(column.name), dialect.parameter(values.length + 1))}`, values: [...values, value] };
}

function columnAt(table: Table, path: string): Column {
  const column = table.byPath.get(path)?.[0];
  if (column === undefined) throw problem("internal");
  return column;
}

/** The entity with its version: who writes it again, changed, writes on that one. */
function entityOf(body: unknown): Json {
  const text = String(body);
  return withReadVersion(parseStored(text), seqOf(text));
}

async function idempotent(
  { rows, steadyNow, dialect }: Deciding,
  { scope }: Permitted,
  { appId, path, key }: IdempotencyKey,
): Promise<IdempotentAnswer | undefined> {
  const hub = scope.kind === "hub" ? scope.hub.id : scope.tenant;
  const sql = `SELECT "hash", "outcome" FROM "idempotency" WHERE ${matches(["hub", "app", "path", "key"], dialect)} AND "at" >= ${dialect.parameter(5)}`;
  const [found] = await rows([{ sql, values: [hub, appId, path, key, cutoff(steadyNow())] }]);
  const row = found![0];
  return row === undefined ? undefined : { hash: String(row[0]), outcome: String(row[1]) };
}
