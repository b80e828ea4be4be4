import { keptNatural, uniqueNames } from "../naturalOf.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Permitted } from "../../auth/permitted.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { cutoff } from "../cutoff.ts";
import { rowOf, type StoredRow } from "../rowOf.ts";
import type { Scalar } from "../../plan/typed.ts";
import { KeyTaken } from "../keyTaken.ts";
import type { StoreSchema, Table } from "../schema.ts";
import { statementsOf } from "../statements.ts";
import type { HubGrant, HubRevoke, RowWrite, WriteAnswer, WriteSet } from "../store.ts";
import type { BodySizes } from "./bodySizes.ts";
import type { Contained, WrittenRow } from "../audit/describeWrites.ts";
import { deleteContained, deleteHub } from "./deleteContained.ts";
import { writeRecords } from "./writeRecords.ts";

import { Withdrawn, type Transaction } from "./runGroup.ts";
import { linksOfRow } from "../linkWrites.ts";
import { writeLinks } from "./writeLinks.ts";
import { writeSides } from "./writeSides.ts";

/** What a WriteSet is applied with. */
export interface Applying {
  readonly schema: StoreSchema;
  readonly permitted: Permitted;
  readonly writeSet: WriteSet;
  readonly bodies: BodySizes;
}

/** Applies one WriteSet inside the group's transaction. Throws Withdrawn with `moved` or `exists` when it cannot stand. */
export function applyWriteSet(transaction: Transaction, applying: Applying): WriteAnswer {
  const { writeSet, schema } = applying;
  refuseRepeated(transaction, applying);
  const hubs = writeSet.rows.map((row) => hubOf(row, applying, transaction));
  const [main] = [...hubs, ...scopeHub(applying)];
  const before = main === undefined ? 0 : transaction.hubs.get(main).seq;
  for (const hub of new Set([...hubs, ...scopeHub(applying)])) makeReal(transaction, applying, hub);
  const rows = writeSet.rows.map((row, index) => applyRow(transaction, applying, { row, index, hub: hubs[index]! }));
  if (writeSet.links !== undefined && main !== undefined) writeLinks(transaction, schema, { links: writeSet.links, hub: transaction.hubs.get(main).n });
  for (const grant of writeSet.grants) if (!putGrant(transaction, grant)) throw outOfDate();
  for (const revoke of writeSet.revokes ?? []) endManagement(transaction, revoke);
  writeRecords(transaction, applying, { rows, before });
  return { kind: "written", rows };
}

function refuseRepeated({ connection, steadyNow }: Transaction, { writeSet: { idempotency }, permitted }: Applying): void {
  if (idempotency === undefined) return;
  const hub = permitted.scope.kind === "hub" ? permitted.scope.hub.id : permitted.scope.tenant;
  const { appId, path, key } = idempotency;
  const found = connection
    .prepare(`SELECT 1 FROM "idempotency" WHERE "hub" = ?1 AND "app" = ?2 AND "path" = ?3 AND "key" = ?4 AND "at" >= ?5`)
    .get([hub, appId, path, key, cutoff(steadyNow)]);
  if (found !== undefined) throw new KeyTaken();
}

function isHubPlace({ place }: RowWrite): boolean {
  return place.definition.hub !== undefined;
}

function scopeHub({ permitted: { scope }, writeSet }: Applying): string[] {
  // A WriteSet that creates a hub works in that hub; any other in the scope's.
  return scope.kind === "hub" && !writeSet.rows.some(isHubPlace) ? [scope.hub.id] : [];
}

/** The hub that a row belongs to, from the scope alone; rows of the hub places are hubs themselves. */
function hubOf(row: RowWrite, { permitted: { scope }, writeSet }: Applying, { connection }: Transaction): string {
  if (!isHubPlace(row)) {
    if (scope.kind === "hub") return scope.hub.id;
    const made = writeSet.rows.find((one) => isHubPlace(one) && one.expect === "absent");
    if (made === undefined) throw new Error("A row of one hub was written in the scope of a fleet.");
    return made.id;
  }
  if (row.expect === "absent") return row.id;
  const reaches =
    scope.kind === "hub"
      ? scope.hub.id === row.id
      : connection.prepare(`SELECT 1 FROM "hub_access" WHERE "hub" = ?1 AND "tenant" = ?2`).get([row.id, scope.tenant]) !== undefined;
  if (!reaches) throw new Error("A hub outside of the scope was written.");
  return row.id;
}

/** The first write into a hub makes it: its counters, its row, and who may reach it. */
function makeReal(transaction: Transaction, applying: Applying, hub: string): void {
  const { schema, permitted, writeSet } = applying;
  const state = transaction.hubs.get(hub);
  if (state.real) return;
  state.real = true;
  if (!writeSet.grants.some((grant) => grant.hub === hub)) {
    if (!putGrant(transaction, { tenant: permitted.caller.tenant, hub, role: "home" })) throw outOfDate();
  }
  const { hub: places } = schema.model;
  if (places === undefined || writeSet.rows.some((row) => isHubPlace(row) && row.id === hub)) return;
  const entity: JsonObject = { "@odata.type": `#${places.fleet.type.name}`, id: hub };
  const row: RowWrite = {
    place: places.fleet,
    parents: [],
    id: hub,
    expect: "absent",
    put: { type: places.fleet.type.name, entity },
    changed: Object.keys(entity),
  };
  applyRow(transaction, applying, { row, index: 0, hub });
}

/** Another write gave the tenant its home in the meantime. */
function outOfDate(): Withdrawn {
  return new Withdrawn({ kind: "moved", index: 0 } satisfies WriteAnswer);
}

/** Adds or changes a grant. False when the tenant has another home already. */
export function putGrant({ connection, failureOf }: Transaction, { tenant, hub, role }: HubGrant): boolean {
  try {
    connection
      .prepare(`INSERT INTO "hub_access" ("hub", "tenant", "role") VALUES (?1, ?2, ?3) ON CONFLICT ("hub", "tenant") DO UPDATE SET "role" = excluded."role"`)
      .run([hub, tenant, role]);
    return true;
  } catch (error) {
    if (failureOf(error) === "constraint") return false;
    throw error;
  }
}

/** Home tenants stay: only management can be ended. */
function endManagement({ connection }: Transaction, { tenant, hub }: HubRevoke): void {
  connection.prepare(`DELETE FROM "hub_access" WHERE "hub" = ?1 AND "tenant" = ?2 AND "role" = 'manager'`).run([hub, tenant]);
}

interface Numbered {
  readonly row: RowWrite;
  readonly index: number;
  readonly hub: string;
}

const insertChange = `INSERT INTO "changes" VALUES (${dialect.parameters(8)})`;

/** Writes one row, its side rows and its entry of the change log. */
function applyRow(transaction: Transaction, applying: Applying, { row, index, hub }: Numbered): WrittenRow {
  const table = applying.schema.tableOf(row.place);
  if (table === undefined) throw new Error(`${row.place.path} has no rows of its own.`);
  const state = transaction.hubs.get(hub);
  const seq = (state.seq += 1);
  const key = [state.n, ...row.parents, row.id];
  const verb = row.put === null ? "delete" : row.expect === "absent" ? "create" : "update";
  const contained = row.put === null ? removeRow(transaction, { table, row, index, key }, { ...applying, hub }) : undefined;
  const body = row.put === null ? "" : putRow(transaction, { table, row, index, key }, { ...applying, seq, hub, put: row.put });
  transaction.connection
    .prepare(insertChange)
    .run([state.n, seq, table.place.path, JSON.stringify(row.parents), row.id, verb, JSON.stringify(row.changed), transaction.steadyNow]);
  return { hub, parents: row.parents, id: row.id, seq, type: row.put?.type ?? "", body, contained };
}

interface Keyed {
  readonly table: Table;
  readonly row: RowWrite;
  readonly index: number;
  /** Number of the hub, parents, id. */
  readonly key: readonly Scalar[];
}
interface InHub extends Applying {
  readonly hub: string;
}
interface Putting extends InHub {
  readonly seq: number;
  readonly put: NonNullable<RowWrite["put"]>;
}

function putRow(transaction: Transaction, keyed: Keyed, { hub, seq, put, schema, bodies }: Putting): string {
  const { table, row, key } = keyed;
  const type = schema.model.findType(put.type);
  if (type?.kind !== "entity") throw new Error(`${put.type} is no entity type of the model.`);
  const stored = rowOf(table, type, put.entity, seq);
  const natural = keptNatural(table, transaction.hubs.get(hub).settings, stored.natural);
  const values = [seq, type.name, natural, ...stored.values, stored.body];
  const { connection } = transaction;
  const n = orExists(transaction, keyed, () =>
    row.expect === "absent" ? connection.prepare(statementsOf(table, dialect).insert).insert([...key, ...values]) : updateRow(transaction, keyed, values),
  );
  bodies.note(transaction, table, stored.body.length);
  writeSides(connection, table, { key: [...key.slice(0, -1), n], sides: stored.sides, fresh: row.expect === "absent" });
  rememberNames(transaction, keyed, stored);
  return stored.body;
}

/** The number of the changed row. Throws `moved` when it is not at the expected version. */
function updateRow({ connection }: Transaction, { table, row, index, key }: Keyed, values: readonly Scalar[]): number {
  const texts = statementsOf(table, dialect);
  const n = connection.prepare(texts.find).get(key)?.[0] as number | undefined;
  const changed = n === undefined ? 0 : connection.prepare(texts.update).run([n, ...values, row.expect]);
  if (n === undefined || changed === 0) throw new Withdrawn({ kind: "moved", index } satisfies WriteAnswer);
  return n;
}

/** A broken key is the answer `exists`: of the id, or of the natural key. */
function orExists({ connection, failureOf }: Transaction, { table, index, key, row }: Keyed, write: () => number): number {
  try {
    return write();
  } catch (error) {
    if (failureOf(error) !== "constraint") throw error;
    const isIdTaken = row.expect === "absent" && connection.prepare(statementsOf(table, dialect).find).get(key) !== undefined;
    const unique = uniqueNames(table);
    throw new Withdrawn((isIdTaken ? { kind: "exists", index } : { kind: "exists", index, unique }) satisfies WriteAnswer);
  }
}

function rememberNames({ connection }: Transaction, { table, key }: Keyed, stored: StoredRow): void {
  for (const name of stored.dynamic) {
    connection.prepare(`INSERT INTO "dynamic_names" VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`).run([key[0]!, table.place.path, name]);
  }
}

/** What went with it. */
function removeRow(transaction: Transaction, { table, row, index, key }: Keyed, { hub, schema }: InHub): Contained | undefined {
  const { connection } = transaction;
  if (row.expect === "absent") throw new Error("A row that shall not be there cannot be deleted.");
  const texts = statementsOf(table, dialect);
  const n = connection.prepare(texts.find).get(key)?.[0];
  if (n === undefined || connection.prepare(texts.remove).run([n, row.expect]) === 0) throw new Withdrawn({ kind: "moved", index } satisfies WriteAnswer);
  writeSides(connection, table, { key: [...key.slice(0, -1), n], sides: table.sides.map(() => []), fresh: false });
  for (const { sql, values } of linksOfRow(schema, table, { dialect, hub: key[0]!, n })) connection.prepare(sql).run([...values]);
  if (!isHubPlace(row)) return deleteContained(transaction, schema, { place: row.place, hub, parents: [...row.parents, row.id] });
  deleteHub(transaction, schema, hub);
  return undefined;
}
