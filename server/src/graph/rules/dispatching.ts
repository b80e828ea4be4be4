import { textOf, type JsonObject } from "../../base/json.ts";
import type { Dispatched } from "../../edm/dispatched.ts";
import type { Draft, Refusal, Rule } from "../../edm/rules.ts";
import { isTerminal } from "./actionStates.ts";
import { adoptAction, failed } from "./adoptAction.ts";
import { endedAll, lapseApproval } from "./approval.ts";
import { attemptsPlace, begun, settled, type Settlement } from "./attempts.ts";
import { childReads } from "./children.ts";
import { deadLetter, dispatchOf, resultInfo, withDispatch } from "./dispatchState.ts";
import { parentProgress, type ChildCounts } from "./parentProgress.ts";
import { protectionCount, protectionReads, protectionRefusal } from "./protection.ts";
import { conflict } from "./refusals.ts";
import { heldBack, reporterNamed, switches, touched } from "./switches.ts";
import { expireAction } from "./undoAction.ts";

function stateOf({ entity }: Draft): string {
  return textOf(dispatchOf(entity)?.["status"]);
}

/** Somebody was faster: the step is not taken. */
function passed(draft: Draft): Refusal {
  return conflict(`The dispatch of the action is ${stateOf(draft) || "nobody's"} now.`);
}

/** What has come to be protected while it waited is not touched any more: it fails, and was never sent. */
const begin: Rule = {
  reads: (draft, stamp) => ({ ...switches(draft, stamp), ...protectionCount }),
  further: (draft, found) => protectionReads(touched(draft, found), found),
  decide(draft, found, stamp) {
    const state = stateOf(draft);
    if ((state !== "queued" && state !== "retrying") || isTerminal(textOf(draft.entity["status"]))) return passed(draft);
    const refusal = heldBack(found, draft);
    if (refusal !== undefined) return refusal;
    const protectedBy = protectionRefusal(touched(draft, found), found);
    if (protectedBy !== undefined) return { entity: failed(draft.entity, protectedBy, stamp) };
    return begun(draft.entity, { lease: Number(draft.sent["lease"] ?? 0), reporter: reporterNamed(found) }, stamp);
  },
};

/** `sent`: a Settlement, and the number of the attempt. */
const settle: Rule = {
  reads: ({ entity, sent }) => ({ attempt: { kind: "get", place: attemptsPlace, parents: [textOf(entity["id"])], id: String(Number(sent["number"])) } }),
  decide: ({ entity, sent }, found, stamp) => settled(entity, (found["attempt"] ?? null) as JsonObject | null, sent as unknown as Settlement, stamp),
};

/** A connector was asked to end it: what it says next, or nothing until `next`, decides. */
const told: Rule = {
  decide(draft) {
    if (stateOf(draft) !== "cancelling") return passed(draft);
    return { entity: withDispatch(draft.entity, { nextAttemptDateTime: draft.sent["next"] ?? null }) };
  },
};

/** Its connector is gone: it waits for another; what was begun there is a dead letter, for nobody knows. */
const park: Rule = {
  reads: ({ entity }) => childReads(entity),
  decide(draft, found, stamp) {
    const state = stateOf(draft);
    // Nobody can approve what nobody would carry out.
    if (state === "pendingApproval") return endedAll(draft.entity, resultInfo(1, "Its connector is gone."), { found, stamp });
    if (state === "queued") return { entity: withDispatch(draft.entity, { status: "waiting", connectorId: null, nextAttemptDateTime: null }) };
    if (isTerminal(textOf(draft.entity["status"])) || state === "deadLettered") return passed(draft);
    return { entity: deadLetter(draft.entity, resultInfo(1, "Its connector is gone."), stamp) };
  },
};

/** `sent`: how many of its children are in each status. */
const follow: Rule = {
  decide({ entity, sent }, _, stamp) {
    const after = parentProgress(entity, sent["counts"] as unknown as ChildCounts, stamp);
    return after === entity ? { entity, keeps: true } : { entity: after };
  },
};

/** It cannot be worked on, and is in nobody's way from now on. */
const bury: Rule = {
  decide(draft, _, stamp) {
    if (isTerminal(textOf(draft.entity["status"]))) return { entity: withDispatch(draft.entity, { nextAttemptDateTime: null, expiresDateTime: null }) };
    return { entity: deadLetter(draft.entity, resultInfo(1, textOf(draft.sent["why"])), stamp) };
  },
};

/** What the dispatcher decides of an action, step by step. */
export const dispatching: Dispatched["rules"] = {
  begin,
  settle,
  told,
  park,
  adopt: adoptAction,
  expire: expireAction,
  lapse: lapseApproval,
  follow,
  bury,
};
