import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Found, NamedReads, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { isTerminal, moved, nextStates } from "./actionStates.ts";
import { attemptsPlace, settled } from "./attempts.ts";
import { dispatchOf, isDispatched } from "./dispatchState.ts";
import { invalid } from "./refusals.ts";
import { reporterReads, reporterRefusal } from "./reporter.ts";
import { withMembers } from "./stamped.ts";

/** A connector reports: status forward, error beside it. What it says of work that was dispatched to it is the end of the attempt, also when nobody waited for it any more. */
export const reportAction: Rule = {
  reads: (draft) => ({ ...lastAttempt(draft), ...reporterReads(draft.entity) }),
  decide(draft, found, stamp) {
    const from = textOf(draft.before?.["status"]);
    const to = draft.entity["status"];
    if (typeof to !== "string") return invalid("status", "Property 'status' cannot be null.");
    const touchesResult = Object.hasOwn(draft.sent, "status") || Object.hasOwn(draft.sent, "errorInfo");
    if (!touchesResult) return { entity: withMembers(draft.entity, { lastActionDateTime: stamp.now }) };
    const refusal = reporterRefusal(draft.entity, found, stamp) ?? refusalOf(draft, { from, to });
    if (refusal !== undefined) return refusal;
    const entity = withMembers(draft.entity, { errorInfo: completeError(draft.entity["errorInfo"] ?? null) });
    if (from === to) return { entity: withMembers(entity, { lastActionDateTime: stamp.now }) };
    return isDispatched(entity) ? reported({ entity: withMembers(entity, { status: from }), to }, found, stamp) : { entity: moved(entity, to, stamp) };
  },
};

/** The record of the attempt that is reported on. */
function lastAttempt({ entity }: Draft): NamedReads {
  const attempts = Number(dispatchOf(entity)?.["attempts"] ?? 0);
  return attempts === 0 ? {} : { attempt: { kind: "get", place: attemptsPlace, parents: [textOf(entity["id"])], id: String(attempts) } };
}

interface Step {
  readonly from: string;
  readonly to: string;
}

/** States of the dispatch in which the connector has, or may have, the action in hand. */
const inHand = new Set(["dispatching", "cancelling", "retrying", "deadLettered"]);

function refusalOf({ entity }: Draft, { from, to }: Step): Refusal | undefined {
  if (isTerminal(from)) return transitionRefused(`The action has ended as ${from}; that is final.`, []);
  const allowed = nextStates[from] ?? [];
  if (from !== to && !allowed.includes(to)) return transitionRefused(`An action cannot go from ${from} to ${to}; possible are ${allowed.join(", ")}.`, allowed);
  const state = dispatchOf(entity)?.["status"];
  if (typeof state !== "string" || inHand.has(state)) return undefined;
  return transitionRefused(`Nobody has the action in hand (dispatch/status is ${state}); it can be reported on in ${[...inHand].join(", ")}.`, []);
}

/** 409; the statuses that are possible stand in `details`, one each. */
function transitionRefused(what: string, allowed: readonly string[]): Refusal {
  const details = allowed.map((message) => ({ code: "AllowedStatus", message, target: "status" }));
  return { refuse: "actionTransition", parameters: { what }, extras: { target: "status", ...(details.length > 0 && { details }) } };
}

/** Completed or Failed, as the end of the attempt that was dispatched. */
function reported({ entity, to }: { readonly entity: JsonObject; readonly to: string }, found: Found, stamp: Stamp): Decision {
  const attempt = (found["attempt"] as JsonObject | null | undefined) ?? null;
  const { errorInfo = null } = entity;
  const message = isObject(errorInfo) ? textOf(errorInfo["message"]) : "";
  const end = to === "Completed" ? ({ kind: "completed" } as const) : ({ kind: "failed", retry: false, error: { code: "reported", message } } as const);
  const said = { ...end, token: Number(dispatchOf(entity)?.["fencingToken"] ?? 0), most: 1, next: stamp.now };
  const { entity: after, also } = settled(entity, attempt, said, stamp);
  return { entity: withMembers(after, { errorInfo: to === "Failed" && errorInfo !== null ? errorInfo : (after["errorInfo"] ?? null) }), also };
}

/** `code` and `subcode` are not nullable: 0 where the connector gave none. */
function completeError(error: Json): Json {
  return isObject(error) ? { ...error, code: error["code"] ?? 0, subcode: error["subcode"] ?? 0 } : null;
}
