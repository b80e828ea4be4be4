import type { Awaitable } from "../base/awaitable.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { DeltaPlan } from "../plan/plan.ts";
import {
  allChangesText,
  changesOf,
  changesText,
  countText,
  lastEntries,
  logWindow,
  readEntry,
  touchedText,
  type ChangeEntry,
  type FoundRows,
} from "./changeLog.ts";
import type { Scalar } from "../plan/typed.ts";
import { compileAmong } from "./compileQuery.ts";
import { readRow } from "./rowShape.ts";
import type { Table } from "./schema.ts";
import { runWith } from "./sqlText.ts";
import type { Change, Changes, Entries, StoreReads, Touched } from "./store.ts";
import type { Deciding } from "./decisionReads.ts";
import { compileTargetOf, requirePermitted, scopeOf, type Reading } from "./reading.ts";

type Delta = Permitted<DeltaPlan>;

type Engine = Reading & Pick<Deciding, "rows">;

/** Reads of the change log; `engineFor` gives what reads in a plan's scope. */
export function createChangeReads(engineFor: (permitted: Permitted) => Awaitable<Engine>): Pick<StoreReads, "lastChange" | "changes" | "entries" | "touched"> {
  return {
    async lastChange(permitted) {
      requirePermitted(permitted);
      return lastChange(await engineFor(permitted), permitted);
    },
    async changes(permitted, since) {
      requirePermitted(permitted);
      const engine = await engineFor(permitted);
      const last = await lastChange(engine, permitted);
      if (since > last) return undefined;
      const { parts } = permitted;
      return parts === undefined
        ? changesSince(engine, permitted, { since, last })
        : changesOfHub(engine, permitted, { since, last, parts: parts as readonly Delta[] });
    },
    async entries(permitted, since, id) {
      requirePermitted(permitted);
      const engine = await engineFor(permitted);
      const last = await lastChange(engine, permitted);
      return since > last ? undefined : entriesSince(engine, permitted, { since, last, id });
    },
    async touched(permitted, since, within) {
      requirePermitted(permitted);
      const engine = await engineFor(permitted);
      const last = await lastChange(engine, permitted);
      return since > last ? undefined : touchedSince(engine, permitted, { since, last, within: within.path });
    },
  };
}

async function lastChange({ rows, dialect }: Engine, { scope }: Permitted): Promise<number> {
  if (scope.kind === "fleet") throw new Error("Changes are those of one hub.");
  const [found] = await rows([{ sql: `SELECT "seq" FROM "hubs" WHERE "hub" = ${dialect.parameter(1)}`, values: [scope.hub.id] }]);
  return Number(found![0]?.[0] ?? 0);
}

interface Since {
  readonly since: number;
  readonly last: number;
  /** Of this row alone. */
  readonly id?: string | undefined;
}

async function changesSince(engine: Engine, permitted: Delta, behind: Since): Promise<Changes | undefined> {
  const { query, target } = permitted.plan;
  const table = engine.schema.tableOf(target.place);
  const logged = await loggedSince(engine, permitted, behind);
  if (logged === undefined || table === undefined) return logged && { changes: [], upto: logged.covered, more: logged.covered < behind.last };
  const wanted = lastEntries(logged.entries, query);
  const { changes, upto = logged.covered } = changesOf(wanted, await rowsOf(engine, permitted, { table, entries: wanted }), engine.pageBytes);
  return { changes, upto, more: upto < behind.last };
}

async function entriesSince(engine: Engine, permitted: Delta, behind: Since): Promise<Entries | undefined> {
  const table = engine.schema.tableOf(permitted.plan.target.place);
  const logged = await loggedSince(engine, permitted, behind);
  if (logged === undefined) return undefined;
  if (table === undefined) return { entries: [], rows: new Map(), upto: logged.covered, more: logged.covered < behind.last };
  let { entries, covered } = logged;
  for (;;) {
    const { rows, isCut } = await rowsOf(engine, permitted, { table, entries, budget: engine.pageBytes });
    if (!isCut) return { entries, rows, upto: covered, more: covered < behind.last };
    // Large rows: so many at once are not held in memory.
    entries = entries.slice(0, Math.ceil(entries.length / 2));
    covered = entries.at(-1)!.seq;
  }
}

interface TouchedSince {
  readonly since: number;
  readonly last: number;
  readonly within: string;
}

async function touchedSince(engine: Engine, permitted: Permitted, { since, last, within }: TouchedSince): Promise<Touched | undefined> {
  const { hub } = scopeOf(permitted, engine);
  const upto = Math.min(last, since + logWindow);
  if (upto === since) return { places: new Set(), containers: new Map(), upto, more: false };
  const [found] = await engine.rows([{ sql: touchedText(engine.dialect), values: [hub, since, upto, within] }]);
  if (!(await isWhole(engine, [hub, since, upto]))) return undefined;
  const containers = found!.flatMap(([, parents, seq]): [string, number][] => {
    const [container] = parents === "" ? [] : (JSON.parse(String(parents)) as string[]);
    return container === undefined ? [] : [[container, Number(seq)]];
  });
  return { places: new Set(found!.map(([place]) => String(place))), containers: new Map(containers), upto, more: upto < last };
}

interface Logged {
  readonly entries: readonly ChangeEntry[];
  /** The last change that was looked at. */
  readonly covered: number;
}

/** The next piece of the log of a collection; undefined when it does not reach back so far. */
async function loggedSince(engine: Engine, permitted: Delta, { since, last, id }: Since): Promise<Logged | undefined> {
  const { target, query } = permitted.plan;
  const end = Math.min(last, since + logWindow);
  if (engine.schema.tableOf(target.place) === undefined) return { entries: [], covered: end };
  const { hub } = scopeOf(permitted, engine);
  const values = [hub, since, end, target.place.path, JSON.stringify(target.parents), query.pageSize, ...(id === undefined ? [] : [id])];
  const [logged] = await engine.rows([{ sql: changesText(engine.dialect, id !== undefined), values }]);
  const entries = logged!.map(readEntry);
  const covered = entries.length < query.pageSize ? end : entries.at(-1)!.seq;
  return (await isWhole(engine, [hub, since, covered])) ? { entries, covered } : undefined;
}

interface OfHub {
  readonly since: number;
  readonly last: number;
  readonly parts: readonly Delta[];
}

/** What came of the rows of all parts, in one order: that of the log. */
async function changesOfHub(engine: Engine, permitted: Delta, { since, last, parts }: OfHub): Promise<Changes | undefined> {
  const { hub } = scopeOf(permitted, engine);
  const size = permitted.plan.query.pageSize;
  const [logged] = await engine.rows([{ sql: allChangesText(engine.dialect), values: [hub, since, last, size] }]);
  const covered = logged!.length < size ? last : Number(logged!.at(-1)![3]);
  if (!(await isWhole(engine, [hub, since, covered]))) return undefined;
  const wanted = lastEntries(entriesOf(engine, logged!, parts), permitted.plan.query);
  const found = await Promise.all(parts.map((part, index) => rowsOfPart(engine, part, { index, wanted })));
  const rows = new Map(found.flatMap((one) => [...one.rows]));
  const present = new Set(found.flatMap((one) => [...one.present]));
  const { changes, upto = covered } = changesOf(wanted, { rows, present }, engine.pageBytes);
  return { changes: changes.map(ofPart), upto, more: upto < last };
}

/** Entries of rows of the parts; ids are those of their parts with the number of the part in front. */
function entriesOf({ schema }: Engine, logged: readonly (readonly Scalar[])[], parts: readonly Delta[]): ChangeEntry[] {
  const numbers = new Map(parts.map(({ plan }, index) => [schema.tableOf(plan.target.place)?.place.path, index]));
  return logged.flatMap(([place, parents, ...rest]) => {
    const part = parents === "[]" ? numbers.get(String(place)) : undefined;
    if (part === undefined) return [];
    const entry = readEntry(rest);
    return [{ ...entry, id: `${part} ${entry.id}` }];
  });
}

async function rowsOfPart(
  engine: Engine,
  part: Delta,
  { index, wanted }: { readonly index: number; readonly wanted: readonly ChangeEntry[] },
): Promise<FoundRows> {
  const table = engine.schema.tableOf(part.plan.target.place);
  const own = wanted.flatMap((entry) => (partOf(entry.id) === index ? [{ ...entry, id: idIn(entry.id) }] : []));
  if (table === undefined || own.length === 0) return { rows: new Map(), present: new Set() };
  const { rows, present } = await rowsOf(engine, part, { table, entries: own });
  return { rows: new Map([...rows].map(([id, row]) => [`${index} ${id}`, row])), present: new Set([...present].map((id) => `${index} ${id}`)) };
}

const partOf = (id: string): number => Number(id.slice(0, id.indexOf(" ")));
const idIn = (id: string): string => id.slice(id.indexOf(" ") + 1);

function ofPart(change: Change): Change {
  return { ...change, id: idIn(change.id), part: partOf(change.id) };
}

/** Asked after the entries were read: what is there then was there before. */
async function isWhole({ rows, dialect }: Engine, values: readonly [hub: number, since: number, upto: number]): Promise<boolean> {
  const [, since, upto] = values;
  if (upto === since) return true;
  const [found] = await rows([{ sql: countText(dialect), values }]);
  return Number(found![0]![0]) === upto - since;
}

interface Looked {
  readonly table: Table;
  readonly entries: readonly ChangeEntry[];
  /** Characters of bodies after which no more is read. */
  readonly budget?: number;
}

/** `isCut`: there are more than were read. */
async function rowsOf(engine: Engine, permitted: Delta, { table, entries, budget }: Looked): Promise<FoundRows & { readonly isCut: boolean }> {
  const { target, query } = permitted.plan;
  const ids = [...new Set(entries.filter(({ verb }) => verb !== "delete").map(({ id }) => id))];
  if (ids.length === 0) return { rows: new Map(), present: new Set(), isCut: false };
  const { parents } = target;
  const list = JSON.stringify(ids);
  const compiled = compileAmong(query, compileTargetOf(permitted, engine, { table, cast: target.cast }));
  const run = runWith({ ...scopeOf(permitted, engine), parents, now: engine.now(), limit: ids.length, list });
  const found = await engine.fetch(compiled, run, { table, ...(budget === undefined ? {} : { budget }) });
  const shared = { hub: permitted.scope.kind === "hub" ? permitted.scope.hub.id : "", parents, type: table.place.type.name };
  const rows = new Map(found.map((values) => readRow(values, compiled.shape, shared)).map((row) => [row.id, row]));
  if (budget !== undefined && rows.size > 1 && [...rows.values()].reduce((sum, { body }) => sum + body.length, 0) > budget)
    return { rows, present: new Set(), isCut: true };
  const present = rows.size === ids.length ? ids : await presentIds(engine, table, { hub: run.hub, parents, list });
  return { rows, present: new Set(present), isCut: false };
}

interface Listed {
  readonly hub: number;
  readonly parents: readonly string[];
  readonly list: string;
}

async function presentIds({ rows, dialect }: Engine, { name, parents: columns }: Table, { hub, parents, list }: Listed): Promise<string[]> {
  const keys = ["hub", ...columns].map((column, index) => `${dialect.quote(column)} = ${dialect.parameter(index + 1)}`);
  const sql = `SELECT "id" FROM ${dialect.quote(name)} WHERE ${keys.join(" AND ")} AND "id" IN ${dialect.listOf(dialect.parameter(keys.length + 1))}`;
  const [found] = await rows([{ sql, values: [hub, ...parents.slice(0, columns.length), list] }]);
  return found!.map(([id]) => String(id));
}
