import { problem } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { parseJson } from "../../base/parseJson.ts";
import type { Permitted } from "../../auth/permitted.ts";
import type { Place } from "../../edm/model.ts";
import type { Found, NamedReads, RuleRead } from "../../edm/rules.ts";
import { toColumnOf } from "../columnValue.ts";
import { sqliteDialect as dialect } from "../dialect.ts";
import type { Table } from "../schema.ts";
import type { IdempotencyKey, IdempotentAnswer, Row, StoreReads } from "../store.ts";
import type { SqlRow } from "./driver.ts";
import { requirePermitted, type Reading } from "./reading.ts";
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
      const [inScope, value] =
        scope.kind === "hub" ? [`"hub" = ?1`, scope.hub.id] : [`"hub" IN (SELECT "hub" FROM "hub_access" WHERE "tenant" = ?1)`, scope.tenant];
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

function rowsOf({ schema, readers }: Reading, permitted: Permitted, { place, ids, parents }: RowsAsked): Row[] {
  const table = schema.tableOf(place);
  if (table === undefined) return [];
  const hub = hubOf(permitted);
  const keys = ["hub", ...table.parents];
  const list = `?${keys.length + 1}`;
  const sql = `SELECT "id", "seq", "type", "body" FROM ${quote(table.name)} WHERE ${matches(keys)} AND "id" IN ${dialect.listOf(list)}`;
  const found = readers.connection.prepare(sql).all([hub, ...parents.slice(0, table.parents.length), JSON.stringify(ids)]);
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

function ruleRead({ schema, readers: { connection } }: Reading, permitted: Permitted, read: RuleRead): Json {
  const table = schema.tableOf(schema.model.place(read.place));
  if (table === undefined) return read.kind === "get" ? null : read.kind === "count" ? 0 : [];
  const hub = hubOf(permitted);
  switch (read.kind) {
    case "get": {
      const sql = `SELECT "body" FROM ${quote(table.name)} WHERE ${matches(["hub", ...table.parents, "id"])}`;
      const row = connection.prepare(sql).get([hub, ...(read.parents ?? []), read.id]);
      return row === undefined ? null : entityOf(row[0]);
    }
    case "count":
      return Number(
        connection.prepare(`SELECT count(*) FROM ${quote(table.name)} WHERE ${matches(["hub", ...table.parents])}`).get([hub, ...read.parents])![0],
      );
    case "all":
      return connection
        .prepare(`SELECT "body" FROM ${quote(table.name)} WHERE "hub" = ?1 ORDER BY "seq" LIMIT ?2`)
        .all([hub, read.limit ?? 1000])
        .map((row) => entityOf(row[0]));
    case "where":
      return where(table, read)
        .all(connection, hub)
        .map((row) => entityOf(row[0]));
  }
}

interface Where {
  readonly all: (connection: Reading["readers"]["connection"], hub: string) => SqlRow[];
}

function where(table: Table, { path, equals, limit = 1000 }: Extract<RuleRead, { kind: "where" }>): Where {
  const column = table.byPath.get(path)?.[0];
  if (column === undefined) throw problem("internal");
  const value = equals === null ? null : toColumnOf(column.property.type)(equals);
  const sql = `SELECT "body" FROM ${quote(table.name)} WHERE "hub" = ?1 AND ${dialect.same(quote(column.name), "?2")} ORDER BY "seq" LIMIT ?3`;
  return { all: (connection, hub) => connection.prepare(sql).all([hub, value, limit]) };
}

function entityOf(body: unknown): Json {
  return parseJson(Buffer.from(String(body)));
}

function idempotent({ readers, now }: Reading, { scope }: Permitted, { appId, path, key }: IdempotencyKey): IdempotentAnswer | undefined {
  const hub = scope.kind === "hub" ? scope.hub.id : scope.tenant;
  const row = readers.connection
    .prepare(`SELECT "hash", "outcome" FROM "idempotency" WHERE "hub" = ?1 AND "app" = ?2 AND "path" = ?3 AND "key" = ?4 AND "at" >= ?5`)
    .get([hub, appId, path, key, cutoff(now())]);
  return row === undefined ? undefined : { hash: String(row[0]), outcome: String(row[1]) };
}
