import { problem } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { parseStored } from "../../base/parseJson.ts";
import type { Permitted } from "../../auth/permitted.ts";
import type { Place } from "../../edm/model.ts";
import type { Found, NamedReads, RuleRead } from "../../edm/rules.ts";
import type { Scalar } from "../../plan/typed.ts";
import { toColumnOf } from "../columnValue.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { hubsOf } from "../compileQuery.ts";
import type { Table } from "../schema.ts";
import type { IdempotencyKey, IdempotentAnswer, Row, StoreReads } from "../store.ts";
import type { SqlRow } from "./driver.ts";
import { ownRows, requirePermitted, type Reading } from "./reading.ts";
import { cutoff } from "./writeRecords.ts";

const { quote } = dialect;

type Helpers = Pick<StoreReads, "rowsOf" | "ruleReads" | "knowsDynamic" | "idempotent">;

/** The reads that decisions ask for beside their own row. */
export function createDecisionReads(reading: Reading): Helpers {
  return {
    async rowsOf(permitted, place, ids, parents) {
      requirePermitted(permitted);
      return rowsOf(reading, permitted, { place, ids, parents });
    },
    async ruleReads(permitted, reads) {
      requirePermitted(permitted);
      return ruleReads(reading, permitted, reads);
    },
    async knowsDynamic(permitted, place, name) {
      requirePermitted(permitted);
      const { scope } = permitted;
      const path = place.definition.hub === "home" ? reading.schema.model.hub!.fleet.path : place.path;
      const [inScope, value] = scope.kind === "hub" ? [`"hub" = ?1`, reading.numberOf(scope.hub.id)] : [`"hub" IN ${hubsOf("?1", dialect)}`, scope.tenant];
      return (
        reading.readers.connection
          .prepare(`SELECT 1 FROM "dynamic_names" WHERE ${inScope} AND "place" = ?2 AND "name" = ?3 LIMIT 1`)
          .get([value, path, name]) !== undefined
      );
    },
    async idempotent(permitted, key) {
      requirePermitted(permitted);
      return idempotent(reading, permitted, key);
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

function rowsOf({ schema, readers, numberOf }: Reading, permitted: Permitted, { place, ids, parents }: RowsAsked): Row[] {
  const table = schema.tableOf(place);
  if (table === undefined) return [];
  const hub = hubOf(permitted);
  const keys = ["hub", ...table.parents];
  const list = `?${keys.length + 1}`;
  const owned = ownRows(permitted, table, keys.length + 2);
  const sql = `SELECT "id", "seq", "type", "body" FROM ${quote(table.name)} WHERE ${matches(keys)} AND "id" IN ${dialect.listOf(list)}${owned.sql}`;
  const found = readers.connection.prepare(sql).all([numberOf(hub), ...parents.slice(0, table.parents.length), JSON.stringify(ids), ...owned.values]);
  const byId = new Map(found.map((row) => [row[0] as string, row]));
  return [...new Set(ids)].flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [readRow(row, { hub, parents })];
  });
}

function readRow([id, seq, type, body]: SqlRow, { hub, parents }: { readonly hub: string; readonly parents: readonly string[] }): Row {
  return { hub, parents, id: String(id), seq: Number(seq), type: String(type), body: String(body) };
}

function matches(keys: readonly string[]): string {
  return keys.map((key, index) => `${quote(key)} = ?${index + 1}`).join(" AND ");
}

function ruleReads(reading: Reading, permitted: Permitted, reads: NamedReads): Found {
  return Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, ruleRead(reading, permitted, read)]));
}

function ruleRead({ schema, numberOf, readers: { connection } }: Reading, permitted: Permitted, read: RuleRead): Json {
  const table = schema.tableOf(schema.model.place(read.place));
  if (table === undefined) return read.kind === "get" ? null : read.kind === "count" ? 0 : [];
  const { condition, values } = wanted(table, numberOf(hubOf(permitted)), read);
  const owned = ownRows(permitted, table, values.length + 1);
  const found = `FROM ${quote(table.name)} WHERE ${condition}${owned.sql}`;
  const all = [...values, ...owned.values];
  switch (read.kind) {
    case "get": {
      const row = connection.prepare(`SELECT "body" ${found}`).get(all);
      return row === undefined ? null : entityOf(row[0]);
    }
    case "count":
      return Number(connection.prepare(`SELECT count(*) ${found}`).get(all)![0]);
    default: {
      const rows = connection.prepare(`SELECT "body" ${found} ORDER BY "seq" LIMIT ${dialect.parameter(all.length + 1)}`);
      return rows.all([...all, read.limit ?? 1000]).map((row) => entityOf(row[0]));
    }
  }
}

/** The rows that a read is about: a condition, and its values in their order. */
function wanted(table: Table, hub: number, read: RuleRead): { readonly condition: string; readonly values: readonly Scalar[] } {
  switch (read.kind) {
    case "get":
      return { condition: matches(["hub", ...table.parents, "id"]), values: [hub, ...(read.parents ?? []), read.id] };
    case "count":
      return { condition: matches(["hub", ...table.parents]), values: [hub, ...read.parents] };
    case "all":
      return { condition: matches(["hub"]), values: [hub] };
    case "where": {
      const column = table.byPath.get(read.path)?.[0];
      if (column === undefined) throw problem("internal");
      const value = read.equals === null ? null : toColumnOf(column.property.type)(read.equals);
      return { condition: `${matches(["hub"])} AND ${dialect.same(quote(column.name), dialect.parameter(2))}`, values: [hub, value] };
    }
  }
}

function entityOf(body: unknown): Json {
  return parseStored(String(body));
}

function idempotent({ readers, steadyNow }: Reading, { scope }: Permitted, { appId, path, key }: IdempotencyKey): IdempotentAnswer | undefined {
  const hub = scope.kind === "hub" ? scope.hub.id : scope.tenant;
  const row = readers.connection
    .prepare(`SELECT "hash", "outcome" FROM "idempotency" WHERE "hub" = ?1 AND "app" = ?2 AND "path" = ?3 AND "key" = ?4 AND "at" >= ?5`)
    .get([hub, appId, path, key, cutoff(steadyNow())]);
  return row === undefined ? undefined : { hash: String(row[0]), outcome: String(row[1]) };
}
