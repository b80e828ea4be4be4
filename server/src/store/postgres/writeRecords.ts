import type { Permitted } from "../../auth/permitted.ts";
import { describeWrites, type WrittenRow } from "../audit/describeWrites.ts";
import { firstSeal, sealRecord, type Recording as Audited } from "../audit/sealRecord.ts";
import { cutoff } from "../cutoff.ts";
import { KeyTaken } from "../keyTaken.ts";
import type { WriteSet } from "../store.ts";
import type { Step } from "./connections.ts";
import type { HubState, Numbered } from "./hubStates.ts";
import type { Result } from "./pipeline.ts";

interface Recording {
  readonly permitted: Permitted;
  readonly writeSet: WriteSet;
  readonly now: string;
  readonly steadyNow: string;
}

const keep = `INSERT INTO "idempotency" ("hub", "app", "path", "key", "hash", "outcome", "at") VALUES ($1, $2, $3, $4, $5, '', $6)
  ON CONFLICT ("hub", "app", "path", "key") DO UPDATE SET "hash" = excluded."hash", "outcome" = '', "at" = excluded."at" WHERE "idempotency"."at" < $7`;
const complete = `UPDATE "idempotency" SET "outcome" = $5 WHERE "hub" = $1 AND "app" = $2 AND "path" = $3 AND "key" = $4`;
const audit = `INSERT INTO "audit" ("hub", "seq", "at", "tenant", "app", "user", "verb", "first", "last", "seal", "body") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const message = `INSERT INTO "outbox" ("hub", "audit", "n", "kind", "payload", "at") VALUES ($1, $2, $3, $4, $5, $6)`;

/**
 * The step that takes an idempotency key, first of all: another server that carries out the same request waits here
 * for this one's end. Keys that are too old are taken over; they are removed by a job of their own.
 */
export function keySteps({ permitted: { scope }, writeSet: { idempotency }, steadyNow }: Recording, hub: Numbered): Step[] {
  if (idempotency === undefined) return [];
  const { appId, path, key, hash } = idempotency;
  const owner = scope.kind === "hub" ? scope.hub.id : scope.tenant;
  return [{ scope: hub.scope, sql: keep, values: [owner, appId, path, key, hash, steadyNow, cutoff(steadyNow)] }];
}

/** Refuses a key that another request has taken. */
export function requireFreeKey(result: Result | undefined): void {
  if (result !== undefined && result.count === 0) throw new KeyTaken();
}

/** The step that adds a record to the chain of a hub, whose counters are held. */
export function recordStep(state: HubState, recording: Omit<Audited, "hub" | "number" | "previousSeal">): Step {
  const { n, hub, scope } = state;
  const { entry, first, last } = recording;
  const number = (state.audits += 1);
  const { body, seal } = sealRecord({ ...recording, hub, number, previousSeal: state.seal ?? firstSeal(hub) });
  state.seal = seal;
  const { at, tenant, appId, user, verb } = entry;
  return { scope, sql: audit, values: [n, number, at, tenant, appId, user, verb, first, last, seal, body] };
}

/** What goes with the rows of a WriteSet: audit row (over every change of it, asked for or by the way), outbox messages, the kept answer. */
export function recordSteps(
  { permitted, writeSet, now }: Recording,
  state: HubState,
  { rows, before }: { readonly rows: readonly WrittenRow[]; readonly before: number },
): Step[] {
  const { scope } = state;
  const [first, last] = state.seq > before ? [before + 1, state.seq] : [null, null];
  const steps: Step[] = [recordStep(state, { entry: writeSet.audit, first, last, resources: describeWrites(writeSet, rows) })];
  const number = state.audits;
  for (const [index, { kind, payload }] of writeSet.messages.entries()) {
    steps.push({ scope, sql: message, values: [state.n, number, index, kind, JSON.stringify(payload), now] });
  }
  const { idempotency } = writeSet;
  if (idempotency === undefined) return steps;
  const owner = permitted.scope.kind === "hub" ? permitted.scope.hub.id : permitted.scope.tenant;
  const outcome = idempotency.outcome(rows.map(({ seq }) => seq));
  return [...steps, { scope, sql: complete, values: [owner, idempotency.appId, idempotency.path, idempotency.key, outcome] }];
}
