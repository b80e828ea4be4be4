import { textOf, type JsonObject } from "../../base/json.ts";
import type { LeaseStep } from "../../edm/dispatched.ts";
import type { Decision, Draft, Found, NamedReads, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { isTerminal } from "./actionStates.ts";
import { failed } from "./adoptAction.ts";
import { attemptsPlace, begun, settled, type Attempted, type Settlement } from "./attempts.ts";
import { cancelledBy, dispatchOf, withDispatch } from "./dispatchState.ts";
import { protectionCount, protectionReads, protectionRefusal } from "./protection.ts";
import { conflict } from "./refusals.ts";
import { heldBack, reporterNamed, switches, touched } from "./switches.ts";

function lastAttempt({ entity }: Draft): NamedReads {
  const attempts = Number(dispatchOf(entity)?.["attempts"] ?? 0);
  return attempts === 0 ? {} : { attempt: { kind: "get", place: attemptsPlace, parents: [textOf(entity["id"])], id: String(attempts) } };
}

const attemptOf = ({ attempt = null }: Found): JsonObject | null => attempt as JsonObject | null;

/**
 * Gives an action to an actuator until an instant (`sent`: connectorId, until, ended, most): one that waits, or whose lease has ended. What an actuator did not come
 * back with may have happened: that attempt is `unknown`, and counts. `ended`: leases of actions that shall be cancelled have ended by then.
 */
const lease: Rule = {
  reads: (draft, stamp) => ({ ...switches(draft, stamp), ...lastAttempt(draft), ...protectionCount }),
  further: (draft, found) => protectionReads(touched(draft, found), found),
  decide(draft, found, stamp) {
    const { entity, sent } = draft;
    const dispatch = dispatchOf(entity);
    if (dispatch === undefined || dispatch["connectorId"] !== sent["connectorId"] || isTerminal(textOf(entity["status"]))) return gone();
    const due = textOf(dispatch["nextAttemptDateTime"]);
    if (due === "" || due > stamp.now) return gone();
    switch (dispatch["status"]) {
      case "queued":
      case "retrying":
        return heldBack(found, draft) ?? leased(draft, entity, { found, stamp });
      case "cancelling":
        return textOf(dispatch["cancelRequestedDateTime"]) > textOf(sent["ended"]) ? gone() : ended(draft, found, stamp);
      case "dispatching":
        return again(draft, ended(draft, found, stamp), { found, stamp });
      default:
        return gone();
    }
  },
};

function gone(): Refusal {
  return conflict("The action waits for no actuator.");
}

interface Given {
  readonly found: Found;
  readonly stamp: Stamp;
}

/** What has come to be protected meanwhile is given to nobody: it fails. */
function leased(draft: Draft, entity: JsonObject, { found, stamp }: Given): Decision {
  const protectedBy = protectionRefusal(touched(draft, found), found);
  return protectedBy === undefined
    ? begun(entity, { ...beginning(draft), reporter: reporterNamed(found) }, stamp)
    : { entity: failed(entity, protectedBy, stamp) };
}

function beginning({ sent }: Draft): { readonly lease: number; readonly until: string } {
  return { lease: 0, until: textOf(sent["until"]) };
}

/** The attempt whose lease has ended: nobody knows what came of it. */
function ended({ entity, sent }: Draft, found: Found, stamp: Stamp): Attempted {
  const error = { code: "leaseEnded", message: "The actuator did not come back in time." };
  const said: Settlement = { kind: "unknown", token: tokenOf(entity), most: Number(sent["most"]), next: stamp.now, error };
  return settled(entity, attemptOf(found), said, stamp);
}

/** The next lease, in the same write that ends the former one; what has no attempts left is a dead letter instead. */
function again(draft: Draft, former: Attempted, { found, stamp }: Given): Decision {
  if (dispatchOf(former.entity)?.["status"] !== "retrying" || heldBack(found, draft) !== undefined) return former;
  const next = leased(draft, former.entity, { found, stamp });
  return { entity: next.entity, also: [...former.also, ...(next.also ?? [])] };
}

function tokenOf(entity: JsonObject): number {
  return Number(dispatchOf(entity)?.["fencingToken"] ?? 0);
}

/** Why whoever speaks of a lease does not hold it (`sent`: connectorId, fencingToken). */
function lost({ entity, sent }: Draft): Refusal | undefined {
  const dispatch = dispatchOf(entity);
  if (dispatch === undefined || dispatch["connectorId"] !== sent["connectorId"])
    return { refuse: "notFound", parameters: { what: "The provider has no such action." } };
  if (tokenOf(entity) !== Number(sent["fencingToken"])) return conflict("The lease has ended, and the action was given to another.");
  return undefined;
}

/** Lengthens a lease (`sent`: connectorId, fencingToken, until): also one that has ended, as long as nobody else has the action. */
const extend: Rule = {
  decide(draft) {
    const { entity, sent } = draft;
    const refusal = lost(draft);
    if (refusal !== undefined) return refusal;
    const dispatch = dispatchOf(entity)!;
    const canceller = cancelledBy(dispatch);
    if (dispatch["status"] === "cancelling")
      return conflict(`The action shall be ended: ${canceller} cancelled it. Stop, and acknowledge it as cancelled, or as what it has come to.`);
    if (dispatch["status"] !== "dispatching") return conflict(`The action is ${textOf(dispatch["status"])}; nobody has it.`);
    return { entity: withDispatch(entity, { nextAttemptDateTime: sent["until"] ?? null }) };
  },
};

/** Takes what came of leased work (`sent`: connectorId, fencingToken, and a Settlement); said twice, it stands as it did. */
const acknowledge: Rule = {
  reads: lastAttempt,
  decide(draft, found, stamp) {
    const { entity, sent } = draft;
    const refusal = lost(draft);
    if (refusal !== undefined) return refusal;
    const state = textOf(dispatchOf(entity)?.["status"]);
    const attempt = attemptOf(found);
    if (state !== "dispatching" && state !== "cancelling") return isSaid(attempt, sent) ? { entity } : conflict(`The action is ${state}; nobody has it.`);
    return settled(entity, attempt, { ...(sent as unknown as Settlement), token: tokenOf(entity) }, stamp);
  },
};

const outcomes: Readonly<Record<string, string>> = { completed: "succeeded", failed: "failed", cancelled: "cancelled", busy: "refused" };

function isSaid(attempt: JsonObject | null, sent: JsonObject): boolean {
  return attempt?.["outcome"] === outcomes[textOf(sent["kind"])];
}

/** What is decided of actions whose connector comes for them. */
export const leasing: Readonly<Record<LeaseStep, Rule>> = { lease, extend, acknowledge };
