import { uniqueNames } from "../naturalOf.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Permitted } from "../../auth/permitted.ts";
import { shortName } from "../names.ts";
import type { StoreSchema, Table } from "../schema.ts";
import type { Row, RowWrite, WriteAnswer, WriteSet } from "../store.ts";
import type { Connections, Ending, Step, Transaction } from "./connections.ts";
import { DatabaseError } from "./databaseError.ts";
import type { Contained, WrittenRow } from "../audit/describeWrites.ts";
import { deleteContained, deleteHub } from "./deleteContained.ts";
import { failureOf } from "./failure.ts";
import { countStep, numberHubs, saveSteps, stateOf, type HubState, type Numbered } from "./hubStates.ts";
import type { Result } from "./pipeline.ts";
import { lookStep, putSteps, removeSteps, type Placed, type Writing } from "./rowSteps.ts";
import { endSteps, linkSteps } from "./writeLinks.ts";
import { createScript, type Script, type TaggedStep } from "./script.ts";
import { Withdrawn } from "./withdrawn.ts";
import { keySteps, recordSteps, requireFreeKey } from "./writeRecords.ts";

/** What a WriteSet is applied with. */
export interface Applying {
  readonly schema: StoreSchema;
  readonly permitted: Permitted;
  readonly writeSet: WriteSet;
  readonly now: string;
  /** The same by a clock that is never set anew. */
  readonly steadyNow: string;
  /** The number of a hub that is real as far as this server knows, else 0. */
  readonly numberOf: (hub: string) => number;
}

/** What came of a WriteSet, and the numbers of the hubs it wrote into. */
export interface Applied {
  readonly answer: WriteAnswer;
  readonly numbers: ReadonlyMap<string, number>;
  /** Where the write-ahead log was behind it. */
  readonly position?: bigint | undefined;
}

/** Applies one WriteSet in a transaction: a round trip that locks and looks, and one that writes and commits. */
export async function applyWriteSet(transaction: Connections["transaction"], applying: Applying): Promise<Applied> {
  let sent: readonly TaggedStep[] = [];
  try {
    return await transaction({ kind: "system" }, (one) => apply({ ...one, sending: (steps) => void (sent = steps) }, applying));
  } catch (error) {
    if (error instanceof Withdrawn) return { answer: error.answer, numbers: new Map() };
    if (!(error instanceof DatabaseError) || failureOf(error) !== "unique") throw error;
    return { answer: takenBy(error, sent, applying), numbers: new Map() };
  }
}

interface Applicant extends Transaction {
  readonly sending: (steps: readonly TaggedStep[]) => void;
}

async function apply(applicant: Applicant, applying: Applying): Promise<Ending<Applied>> {
  const { writeSet } = applying;
  const ids = await hubsOf(applicant, applying);
  const placed = writeSet.rows.map((row, index): Placed => ({ row, index, table: tableOf(applying, row) }));
  const { hubs, numbers, ends } = await lookAndCount(applicant, applying, { ids, placed });
  const stateAt = (hub: string): HubState => hubs.get(hub)!;
  const [main] = hubs.values();
  if (main === undefined) throw new Error("A WriteSet without rows needs the scope of one hub.");
  const before = main.seq;
  const script = createScript(applicant, applicant.sending);
  for (const state of hubs.values()) if (!state.real) makeReal(script, applying, state);
  const rows: WrittenRow[] = [];
  for (const one of placed) rows.push(await writeRow(script, applying, { ...one, state: stateAt(ids[one.index]!), n: numbers[one.index]! }));
  script.add(...linkSteps(ends, { applying, state: main, placed, numbers }));
  for (const { tenant, hub, role } of writeSet.grants) script.add(grantStep(hubs, [hub, tenant, role]));
  for (const { tenant, hub } of writeSet.revokes ?? []) script.add({ scope: stateAt(hub).scope, sql: endManagement, values: [hub, tenant] });
  script.add(...recordSteps(applying, main, { rows, before }));
  for (const state of hubs.values()) script.add(...saveSteps(state));
  const known = new Map([...hubs.values()].map(({ hub, n }) => [hub, n]));
  return { commit: script.rest(), value: (_, position) => ({ answer: { kind: "written", rows }, numbers: known, position }) };
}

function tableOf({ schema }: Applying, { place }: RowWrite): Table {
  const table = schema.tableOf(place);
  if (table === undefined) throw new Error(`${place.path} has no rows of its own.`);
  return table;
}

function isHubPlace({ place }: RowWrite): boolean {
  return place.definition.hub !== undefined;
}

/** The hub that each row belongs to, from the scope alone; rows of the hub places are hubs themselves. */
async function hubsOf({ send }: Transaction, { permitted: { scope }, writeSet: { rows } }: Applying): Promise<string[]> {
  const ids: string[] = [];
  for (const row of rows) {
    if (!isHubPlace(row)) ids.push(scope.kind === "hub" ? scope.hub.id : madeBy(rows));
    else if (row.expect === "absent" || (scope.kind === "hub" && scope.hub.id === row.id)) ids.push(row.id);
    else {
      const tenant = scope.kind === "fleet" ? scope.tenant : "";
      const step: Step = { scope: { kind: "system" }, sql: `SELECT 1 FROM "hub_access" WHERE "hub" = $1 AND "tenant" = $2`, values: [row.id, tenant] };
      const [found] = await send([step]);
      if (found!.rows.length === 0) throw new Error("A hub outside of the scope was written.");
      ids.push(row.id);
    }
  }
  return ids;
}

function madeBy(rows: readonly RowWrite[]): string {
  const made = rows.find((one) => isHubPlace(one) && one.expect === "absent");
  if (made === undefined) throw new Error("A row of one hub was written in the scope of a fleet.");
  return made.id;
}

function scopeHub({ permitted: { scope }, writeSet }: Applying): string[] {
  // A WriteSet that creates a hub works in that hub; any other in the scope's.
  return scope.kind === "hub" && !writeSet.rows.some(isHubPlace) ? [scope.hub.id] : [];
}

interface Looking {
  readonly ids: readonly string[];
  readonly placed: readonly Placed[];
}

/** One round trip: takes the idempotency key, then the counters of the hubs (whoever has them waits for no row), and looks at the rows. Throws `moved` for a row that is not at the expected version. */
async function lookAndCount(
  applicant: Applicant,
  applying: Applying,
  { ids, placed }: Looking,
): Promise<{ readonly hubs: ReadonlyMap<string, HubState>; readonly numbers: readonly (number | bigint)[]; readonly ends: readonly Result[] }> {
  const touched = [...new Set([...ids, ...scopeHub(applying)])];
  const numbered = await numberHubs(applicant, touched, { ...applying, tenant: tenantOf(applying) });
  const byId = new Map(numbered.map((hub) => [hub.hub, hub]));
  const reserves = numbered.map((hub, index) => ({
    seq: ids.filter((id) => id === hub.hub).length + (hub.real || !needsRow(applying, hub) ? 0 : 1),
    audits: index === 0 ? 1 : 0,
  }));
  const keys = numbered[0] === undefined ? [] : keySteps(applying, numbered[0]);
  const looks = placed.map((one) => lookStep(one, byId.get(ids[one.index]!)!));
  const counts = numbered.map((hub, index) => countStep(hub, reserves[index]!));
  const ends = endSteps(applying, placed, numbered[0]);
  const results = await applicant.send([...keys, ...counts, ...looks, ...ends]);
  if (keys.length > 0) requireFreeKey(results[0]);
  const states = numbered.map((hub, index) => stateOf(hub, results[keys.length + index]!, reserves[index]!));
  const found = results.slice(keys.length + counts.length);
  const numbers = placed.map((one) => numberIn(one, found[one.index]!));
  return { hubs: new Map(states.map((state) => [state.hub, state])), numbers, ends: found.slice(looks.length) };
}

function tenantOf({ permitted: { scope, caller } }: Applying): string {
  return scope.kind === "fleet" ? scope.tenant : caller.tenant;
}

function numberIn({ row, index }: Placed, { rows: [found] }: Result): number | bigint {
  if (found === undefined || (row.expect !== "absent" && found[1] !== row.expect)) throw new Withdrawn({ kind: "moved", index });
  return found[0] as number | bigint;
}

/** Whether the first write into a hub makes the hub's own row by the way. */
function needsRow({ schema, writeSet }: Applying, { hub }: Numbered): boolean {
  return schema.model.hub !== undefined && !writeSet.rows.some((row) => isHubPlace(row) && row.id === hub);
}

const putGrant = `INSERT INTO "hub_access" ("hub", "tenant", "role") VALUES ($1, $2, $3) ON CONFLICT ("hub", "tenant") DO UPDATE SET "role" = excluded."role"`;
/** Home tenants stay: only management can be ended. */
const endManagement = `DELETE FROM "hub_access" WHERE "hub" = $1 AND "tenant" = $2 AND "role" = 'manager'`;

function grantStep(hubs: ReadonlyMap<string, HubState>, values: readonly [hub: string, tenant: string, role: string]): Step {
  const state = hubs.get(values[0]);
  if (state === undefined) throw new Error("A hub was granted that the WriteSet does not write into.");
  return { scope: state.scope, sql: putGrant, values };
}

/** The first write into a hub makes it: its row, and who may reach it. */
function makeReal(script: Script, applying: Applying, state: HubState): void {
  const { schema, permitted, writeSet } = applying;
  const { hub, scope } = state;
  if (!writeSet.grants.some((grant) => grant.hub === hub)) script.add({ scope, sql: putGrant, values: [hub, permitted.caller.tenant, "home"] });
  if (!needsRow(applying, state)) return;
  const { fleet } = schema.model.hub!;
  const entity: JsonObject = { "@odata.type": `#${fleet.type.name}`, id: hub };
  const row: RowWrite = { place: fleet, parents: [], id: hub, expect: "absent", put: { type: fleet.type.name, entity }, changed: Object.keys(entity) };
  putRow(script, applying, { row, index: 0, table: tableOf(applying, row), state, n: null });
}

const insertChange = `INSERT INTO "changes" ("hub", "seq", "place", "parents", "id", "verb", "changed", "at") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;

/** Adds what writes a row, its side rows and its entry of the change log. */
async function writeRow(script: Script, applying: Applying, writing: Omit<Writing, "seq">): Promise<WrittenRow> {
  const { row, state } = writing;
  if (row.put !== null) return putRow(script, applying, writing);
  const seq = (state.seq += 1);
  addTagged(script, writing, removeSteps({ ...writing, seq }, applying.schema));
  const contained = await removeBelow(script, applying, writing);
  script.add(changeStep(applying, { ...writing, seq }, "delete"));
  return { hub: state.hub, parents: row.parents, id: row.id, seq, type: "", body: "", contained };
}

async function removeBelow(script: Script, { schema, steadyNow }: Applying, { row, state }: Omit<Writing, "seq">): Promise<Contained | undefined> {
  if (!isHubPlace(row)) return deleteContained(script, state, { schema, place: row.place, parents: [...row.parents, row.id], now: steadyNow });
  deleteHub(script, state, schema);
  return undefined;
}

function putRow(script: Script, applying: Applying, writing: Omit<Writing, "seq">): Row {
  const { row, state } = writing;
  const seq = (state.seq += 1);
  const { body, steps } = putSteps({ ...writing, seq }, row.put!, applying.schema);
  addTagged(script, writing, steps);
  script.add(changeStep(applying, { ...writing, seq }, row.expect === "absent" ? "create" : "update"));
  return { hub: state.hub, parents: row.parents, id: row.id, seq, type: row.put!.type, body };
}

function addTagged(script: Script, { index }: Pick<Writing, "index">, steps: readonly Step[]): void {
  script.add(...steps.map((step) => ({ ...step, row: index })));
}

function changeStep({ steadyNow }: Applying, { row, table, state, seq }: Writing, verb: string): Step {
  const values = [state.n, seq, table.place.path, JSON.stringify(row.parents), row.id, verb, JSON.stringify(row.changed), steadyNow];
  return { scope: state.scope, sql: insertChange, values };
}

/** A broken key is the answer `exists`: of the id, or of the natural key. A second home is `moved`: another write gave the tenant one in the meantime. */
function takenBy({ constraint, statement }: DatabaseError, sent: readonly TaggedStep[], { writeSet, schema }: Applying): WriteAnswer {
  if (constraint === "hub_access.home") return { kind: "moved", index: 0 };
  const index = (statement === undefined ? undefined : sent[statement]?.row) ?? 0;
  const row = writeSet.rows[index];
  const table = row === undefined ? undefined : schema.tableOf(row.place);
  const isNatural = table !== undefined && constraint === shortName(`${table.name}.natural`);
  return isNatural ? { kind: "exists", index, unique: uniqueNames(table) } : { kind: "exists", index };
}
