import { cutEntry } from "../audit/cutEntry.ts";
import { erasedBody, erasureEntry } from "../audit/eraseDetails.ts";
import type { AuditEntry, TrailCut, TrailEnd, TrailErasing } from "../audit/auditEntry.ts";
import type { Tended } from "../store.ts";
import type { Connections, Ending, Step, Transaction } from "./connections.ts";
import { countStep, saveSteps, stateOf, type HubState, type Numbered } from "./hubStates.ts";
import type { DatabaseScope } from "./scope.ts";
import { recordStep } from "./writeRecords.ts";

const scope: DatabaseScope = { kind: "system" };
const last = `SELECT b."seq", b."seal", b."at" FROM "audit" AS b WHERE b."hub" = h."n" AND b."seal" IS NOT NULL ORDER BY b."seq" DESC LIMIT 1`;
const ends = `SELECT h."hub", a."seq", a."seal", a."at" FROM "hubs" AS h CROSS JOIN LATERAL (${last}) AS a ORDER BY h."n"`;
const through = `SELECT "seq", "seal" FROM "audit" WHERE "hub" = $1 AND "seq" < $2 AND "seal" IS NOT NULL AND "at" < $3 ORDER BY "seq" DESC LIMIT 1`;
const remove = `DELETE FROM "audit" WHERE "hub" = $1 AND "seq" <= $2 AND "seq" IN (SELECT "seq" FROM "audit" WHERE "hub" = $1 ORDER BY "seq" LIMIT $3)`;
const look = `SELECT "seq", "body" FROM "audit" WHERE "hub" = $1 AND "seq" IN (SELECT value::bigint FROM json_array_elements_text($2::json)) AND "body" IS NOT NULL`;
const erase = `UPDATE "audit" SET "body" = $3, "user" = NULL WHERE "hub" = $1 AND "seq" = $2`;

/** Where the trails of all hubs end. */
export async function trailsIn(connections: Pick<Connections, "run">): Promise<TrailEnd[]> {
  const [found] = await connections.run(scope, [{ sql: ends, values: [] }]);
  return found!.rows.map(([hub, number, seal, at]) => ({ hub: String(hub), number: Number(number), seal: String(seal), at: String(at) }));
}

/** Adds records to the chain of a hub; false for one that is not real. */
export async function note(connections: Pick<Connections, "transaction">, hub: string, entries: readonly AuditEntry[]): Promise<boolean> {
  const written = await withTrail(connections, hub, entries.length, async (state) => ({
    steps: entries.map((entry) => recordStep(state, { entry, first: null, last: null, resources: [] })),
    value: () => true,
  }));
  return written ?? false;
}

/** Removes the first records of a trail, in one transaction with the record that tells of it. */
export async function cutTrail(connections: Pick<Connections, "transaction">, { hub, until, most, now, tell }: TrailCut): Promise<Exclude<Tended, "busy">> {
  const deleted = await withTrail(connections, hub, tell ? 1 : 0, async (state, send) => {
    const [found] = await send([{ scope, sql: through, values: [state.n, state.audits, until] }]);
    const [row] = found!.rows;
    if (row === undefined) return { steps: [], value: () => 0 };
    const removed = { through: Number(row[0]), seal: String(row[1]) };
    const told = tell ? [recordStep(state, { entry: cutEntry(removed, now), first: null, last: null, resources: [] })] : [];
    const [result] = await send([{ scope, sql: remove, values: [state.n, removed.through, most] }]);
    return { steps: told, value: () => result!.count };
  });
  return (deleted ?? 0) < most ? "kept" : "more";
}

/** Takes away the details of records, in one transaction with the record that tells of it. */
export async function eraseDetails(connections: Pick<Connections, "transaction">, erasing: TrailErasing): Promise<number> {
  const done = await withTrail(connections, erasing.hub, erasing.told > 0 ? 1 : 0, async (state, send) => {
    const [found] = await send([{ scope, sql: look, values: [state.n, JSON.stringify(erasing.numbers)] }]);
    const steps = found!.rows.flatMap(([number, body]): Step[] => {
      const rest = erasedBody(String(body));
      return rest === undefined ? [] : [{ scope, sql: erase, values: [state.n, Number(number), rest] }];
    });
    const told = erasing.told > 0 ? [recordStep(state, { entry: erasureEntry(erasing), first: null, last: null, resources: [] })] : [];
    return { steps: [...steps, ...told], value: () => steps.length };
  });
  return done ?? 0;
}

interface Adding<T> {
  readonly steps: readonly Step[];
  readonly value: () => T;
}

/** Work at the end of a real hub's trail, whose counters are held meanwhile; undefined for a hub that is not real. */
function withTrail<T>(
  { transaction }: Pick<Connections, "transaction">,
  hub: string,
  audits: number,
  work: (state: HubState, send: Transaction["send"]) => Promise<Adding<T>>,
): Promise<T | undefined> {
  return transaction(scope, async ({ send }): Promise<Ending<T | undefined>> => {
    const [found] = await send([{ scope, sql: `SELECT "n" FROM "hubs" WHERE "hub" = $1`, values: [hub] }]);
    const n = found!.rows[0]?.[0];
    if (n === undefined) return { commit: undefined, value: () => undefined };
    const numbered: Numbered = { hub, n: Number(n), real: true, scope: { kind: "hub", n: Number(n), hub, tenant: "" } };
    const reserve = { seq: 0, audits };
    const [counted] = await send([countStep(numbered, reserve)]);
    const state = stateOf(numbered, counted!, reserve);
    const { steps, value } = await work(state, send);
    return { commit: [...steps, ...saveSteps(state)], value };
  });
}
