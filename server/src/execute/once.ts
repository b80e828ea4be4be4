import type { Permitted } from "../auth/permitted.ts";
import { problem } from "../base/errors.ts";
import { bodyOf } from "../base/storedBody.ts";
import type { Json } from "../base/json.ts";
import type { Place } from "../edm/model.ts";
import type { Once, Plan } from "../plan/plan.ts";
import type { IdempotencyKey, Row, RowWrite, WriteSet } from "../store/store.ts";
import { KeyTaken } from "../store/keyTaken.ts";
import type { ExecuteContext } from "./context.ts";
import type { Running } from "./decide.ts";
import { keptOutcome } from "./keptRelated.ts";
import type { Outcome } from "./outcome.ts";

function askedOnce(plan: Plan): Once | undefined {
  return plan.kind === "create" || plan.kind === "action" ? plan.once : undefined;
}

function keyOf(permitted: Permitted, asked: Once): IdempotencyKey {
  return { appId: permitted.caller.appId, path: asked.path, key: asked.key };
}

/** What a WriteSet keeps so that the same request gets the same answer again. */
export function remembered({ permitted, context }: Running, rows: readonly RowWrite[], verb: string, answer: Answer = {}): Pick<WriteSet, "idempotency"> {
  const asked = askedOnce(permitted.plan);
  if (asked === undefined || context.forgetful === true) return {};
  const outcome = (seqs: readonly number[]): string => JSON.stringify(outcomeOf(permitted, rows, { verb, seqs, ...answer }));
  return { idempotency: { ...keyOf(permitted, asked), hash: asked.hash, outcome } };
}

/** What an action answers with: a value, or one of the rows that it makes, by its id. */
interface Answer {
  readonly value?: Json | undefined;
  readonly made?: string | undefined;
}

interface Written extends Answer {
  readonly verb: string;
  readonly seqs: readonly number[];
}

function outcomeOf(permitted: Permitted, writes: readonly RowWrite[], { seqs, value, made }: Written): Outcome {
  const { plan, scope } = permitted;
  if (value !== undefined) return { kind: "value", value };
  const rowAt = (write: RowWrite, index: number): Row => ({
    hub: scope.kind === "hub" ? scope.hub.id : write.id,
    parents: write.parents,
    id: write.id,
    seq: seqs[index] ?? 0,
    type: write.put?.type ?? "",
    body: bodyOf(write.put?.entity ?? {}, seqs[index] ?? 0),
  });
  if (plan.kind === "create") return { kind: "created", row: rowAt(writes[0]!, 0), notes: [] };
  const shown = plan.kind === "action" && made !== undefined ? indexOfMade(writes, made, plan.target.place) : -1;
  if (shown >= 0) return { kind: "created", row: rowAt(writes[shown]!, shown), notes: [] };
  if (plan.kind === "action" && plan.target.kind === "entity") return { kind: "acted", status: plan.operation.definition.emptyStatus ?? 204 };
  return { kind: "actedOn", rows: writes.map(rowAt) };
}

/** Where the row stands that an action answers with. */
export function indexOfMade(writes: readonly RowWrite[], made: string, place: Place): number {
  return writes.findIndex((write) => write.place === place && write.id === made);
}

/**
 * Runs a write once per key (DESIGN 2, Idempotency; R110): the first answer is given again for the same body,
 * another body is 409, and so is a request whose first is still running (with Retry-After). Failures are not kept.
 * A request that does not ask (`lookup`) is always carried out; its answer is kept when its key is free.
 * Of several servers each sees its own running requests alone; the store lets one of them take the key.
 */
export async function once(permitted: Permitted, context: ExecuteContext, run: (context: ExecuteContext) => Promise<Outcome>): Promise<Outcome> {
  const asked = askedOnce(permitted.plan);
  if (asked === undefined) return run(context);
  const hub = permitted.scope.kind === "hub" ? permitted.scope.hub.id : permitted.scope.tenant;
  const lock = JSON.stringify([hub, keyOf(permitted, asked)]);
  if (context.inFlight.has(lock)) {
    if (!asked.lookup) return run({ ...context, forgetful: true });
    context.onKnownKey?.("running");
    throw problem("conflict", { what: "A request with the same key is still being worked on." }, { headers: { "Retry-After": "1" } });
  }
  context.inFlight.add(lock);
  try {
    const kept = await known(permitted, asked, context);
    if (kept !== undefined && asked.lookup) {
      context.onKnownKey?.("replayed");
      return kept;
    }
    return await run(kept === undefined ? context : { ...context, forgetful: true });
  } catch (error) {
    // Another server was faster, and has answered by now.
    if (!(error instanceof KeyTaken)) throw error;
    if (!asked.lookup) return await run({ ...context, forgetful: true });
    const kept = await known(permitted, asked, context);
    context.onKnownKey?.(kept === undefined ? "running" : "replayed");
    if (kept === undefined) throw error;
    return kept;
  } finally {
    context.inFlight.delete(lock);
  }
}

async function known(permitted: Permitted, asked: Once, context: ExecuteContext): Promise<Outcome | undefined> {
  const kept = await context.store.idempotent(permitted, keyOf(permitted, asked));
  if (kept === undefined) return undefined;
  if (kept.hash !== asked.hash) {
    context.onKnownKey?.("conflict");
    throw problem("conflict", { what: "The key was used before with another body." }, { target: "Idempotency-Key" });
  }
  return keptOutcome(kept.outcome, context.model);
}
