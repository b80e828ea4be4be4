import { textOf, type JsonObject } from "../../base/json.ts";
import { isRefusal, type Decision, type Draft, type Found, type Refusal, type Rule, type Stamp } from "../../edm/rules.ts";
import { isBulk } from "./actionParts.ts";
import { providerOf, providerReads } from "./actionProvider.ts";
import { isTerminal } from "./actionStates.ts";
import { notPossible } from "./actionTransitions.ts";
import { actionsPlace, childReads, childrenOf, written } from "./children.ts";
import { dispatchOf, resultInfo, withDispatch } from "./dispatchState.ts";
import { reverseOf, reverseOfAll } from "./reverseAction.ts";
import { withMembers } from "./stamped.ts";

/**
 * undo: a new action takes back what a completed one did, once; when that failed, it may be tried again. Protected targets are
 * no obstacle: what is taken back was done, and leaving it would be worse.
 */
export const undoAction: Rule = {
  reads: ({ entity }) => {
    const undoneBy = textOf(dispatchOf(entity)?.["undoneBy"]);
    return { ...providerReads(entity), ...childReads(entity), ...(undoneBy !== "" && { undoing: { kind: "get", place: actionsPlace, id: undoneBy } }) };
  },
  decide(draft, found, stamp) {
    const reason = textOf(draft.sent["reason"]) || `Undo of ${textOf(draft.entity["id"])}`;
    return isBulk(draft.entity) ? undoneAll(draft, found, { reason, stamp }) : undone(draft, found, { reason, stamp });
  },
};

interface Undoing {
  readonly reason: string;
  readonly stamp: Stamp;
}

/** Why an action cannot be taken back, whatever its connector can do. */
function refusalOf({ entity }: Draft, found: Found): Refusal | undefined {
  const { status: state = null, undoes = null, undoneBy = null } = dispatchOf(entity) ?? {};
  if (state === "dryRun") return notPossible("undo", entity, "nothing was done");
  if (typeof undoes === "string") return notPossible("undo", entity, `it takes back '${undoes}' itself, so ask for that action anew`);
  const undoing = (found["undoing"] ?? null) as JsonObject | null;
  if (typeof undoneBy !== "string" || undoing?.["status"] === "Failed") return undefined;
  return notPossible("undo", entity, `'${undoneBy}' takes it back (${textOf(undoing?.["status"])})`);
}

function undone(draft: Draft, found: Found, { reason, stamp }: Undoing): Decision | Refusal {
  const { entity } = draft;
  if (entity["status"] !== "Completed") return notPossible("undo", entity, "only what is Completed can be taken back");
  const refusal = refusalOf(draft, found);
  if (refusal !== undefined) return refusal;
  const both = reverseOf(entity, providerOf(found), { by: "undo", reason }, stamp);
  if (isRefusal(both)) return both;
  return { entity: both.original, also: [written(both.reverse)], made: textOf(both.reverse["id"]) };
}

function undoneAll(draft: Draft, found: Found, { reason, stamp }: Undoing): Decision | Refusal {
  const { entity } = draft;
  if (!isTerminal(textOf(entity["status"]))) return notPossible("undo", entity, "only what has ended can be taken back");
  const refusal = refusalOf(draft, found);
  if (refusal !== undefined) return refusal;
  const done = childrenOf(found).filter((child) => child["status"] === "Completed" && (dispatchOf(child)?.["undoneBy"] ?? null) === null);
  if (done.length === 0) return notPossible("undo", entity, "none of its actions is Completed and not taken back");
  const all = reverseOfAll(entity, done, { provider: providerOf(found), reason, stamp });
  if (isRefusal(all)) return all;
  const rows = all.children.flatMap(({ original, reverse }) => [written(original), written(reverse)]);
  return { entity: all.parent.original, also: [written(all.parent.reverse), ...rows], made: textOf(all.parent.reverse["id"]) };
}

/**
 * The time of an action is over (`dispatch/expiresDateTime`): the reverse goes into the queue, without another approval, for the end was
 * part of what was asked for, and approved with it. Where it cannot be, the action says so. Run by the server.
 */
export const expireAction: Rule = {
  reads: ({ entity }) => providerReads(entity),
  decide({ entity }, found, stamp) {
    const { undoneBy = null, expiresDateTime = null } = dispatchOf(entity) ?? {};
    const over = withDispatch(entity, { expiresDateTime: null });
    if (typeof undoneBy === "string" || entity["status"] !== "Completed") return { entity: over };
    const both = reverseOf(entity, providerOf(found), { by: "expiry", reason: `The duration of ${textOf(entity["id"])} is over` }, stamp);
    if (!isRefusal(both)) return { entity: both.original, also: [written(both.reverse)] };
    const why = `It was to be taken back at ${textOf(expiresDateTime)}, but ${textOf(both.parameters?.["why"])}.`;
    return { entity: withMembers(over, { errorInfo: resultInfo(4, why), lastActionDateTime: stamp.now }) };
  },
};
