import type { Permitted } from "../../auth/permitted.ts";
import type { Plan } from "../../plan/plan.ts";
import { changesOf, changesText, lastEntries, logWindow, readEntry, type ChangeEntry, type FoundRows } from "../changeLog.ts";
import { compileAmong } from "../compileQuery.ts";
import { readRow } from "../rowShape.ts";
import type { Table } from "../schema.ts";
import { runWith } from "../sqlText.ts";
import type { Changes, StoreReads } from "../store.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { compileTargetOf, requirePermitted, scopeOf, type Reading } from "./reading.ts";

type Delta = Permitted<Extract<Plan, { readonly kind: "delta" }>>;

const logText = changesText(dialect);

/** Reads of the change log. */
export function createChangeReads(reading: Reading): Pick<StoreReads, "lastChange" | "changes"> {
  return {
    async lastChange(permitted) {
      requirePermitted(permitted);
      return lastChange(reading, permitted);
    },
    async changes(permitted, since) {
      requirePermitted(permitted);
      const last = lastChange(reading, permitted);
      return since > last ? undefined : changesSince(reading, permitted, { since, last });
    },
  };
}

function lastChange({ readers: { connection } }: Reading, { scope }: Permitted): number {
  if (scope.kind === "fleet") throw new Error("Changes are those of one hub.");
  return Number(connection.prepare(`SELECT "seq" FROM "hubs" WHERE "hub" = ?1`).get([scope.hub.id])?.[0] ?? 0);
}

async function changesSince(reading: Reading, permitted: Delta, { since, last }: { readonly since: number; readonly last: number }): Promise<Changes> {
  const { target, query } = permitted.plan;
  const table = reading.schema.tableOf(target.place);
  const end = Math.min(last, since + logWindow);
  if (table === undefined) return { changes: [], upto: end, more: end < last };
  const { hub } = scopeOf(permitted, reading);
  const values = [hub, since, end, table.place.path, JSON.stringify(target.parents), query.pageSize];
  const entries = reading.readers.connection.prepare(logText).all(values).map(readEntry);
  const covered = entries.length < query.pageSize ? end : entries.at(-1)!.seq;
  const wanted = lastEntries(entries, query);
  const { changes, upto = covered } = changesOf(wanted, await rowsOf(reading, permitted, { table, entries: wanted }), reading.pageBytes);
  return { changes, upto, more: upto < last };
}

interface Looked {
  readonly table: Table;
  readonly entries: readonly ChangeEntry[];
}

async function rowsOf(reading: Reading, permitted: Delta, { table, entries }: Looked): Promise<FoundRows> {
  const { target, query } = permitted.plan;
  const ids = entries.filter(({ verb }) => verb !== "delete").map(({ id }) => id);
  if (ids.length === 0) return { rows: new Map(), present: new Set() };
  const { parents } = target;
  const list = JSON.stringify(ids);
  const compiled = compileAmong(query, compileTargetOf(permitted, table, target.cast));
  const run = runWith({ ...scopeOf(permitted, reading), parents, now: reading.now(), limit: ids.length, list });
  const found = await reading.readers.fetch(compiled, run, { table });
  const shared = { hub: permitted.scope.kind === "hub" ? permitted.scope.hub.id : "", parents, type: table.place.type.name };
  const rows = new Map(found.map((values) => readRow(values, compiled.shape, shared)).map((row) => [row.id, row]));
  const present = rows.size === ids.length ? ids : presentIds(reading, table, { hub: run.hub, parents, list });
  return { rows, present: new Set(present) };
}

interface Listed {
  readonly hub: number;
  readonly parents: readonly string[];
  readonly list: string;
}

function presentIds({ readers: { connection } }: Reading, { name, parents: columns }: Table, { hub, parents, list }: Listed): string[] {
  const keys = ["hub", ...columns].map((column, index) => `${dialect.quote(column)} = ${dialect.parameter(index + 1)}`);
  const sql = `SELECT "id" FROM ${dialect.quote(name)} WHERE ${keys.join(" AND ")} AND "id" IN ${dialect.listOf(dialect.parameter(keys.length + 1))}`;
  return connection
    .prepare(sql)
    .all([hub, ...parents.slice(0, columns.length), list])
    .map(([id]) => String(id));
}
