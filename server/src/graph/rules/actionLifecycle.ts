import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Message, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { conflict, invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

/** NotStarted → Running → Completed | Failed; what has ended stays so (DESIGN 2). */
const next: Readonly<Record<string, readonly string[]>> = {
  NotStarted: ["Running", "Failed"],
  Running: ["Completed", "Failed"],
  Completed: [],
  Failed: [],
};

function isTerminal(status: string): boolean {
  return next[status]?.length === 0;
}

function stateOf(status: string, stamp: Stamp): JsonObject {
  return { "@odata.type": "microsoft.graph.securityActionState", appId: stamp.appId, status, updatedDateTime: stamp.now, user: stamp.user };
}

function announce(kind: string, entity: JsonObject): Message {
  return { kind, payload: { id: entity["id"] ?? null } };
}

/** The entity in its next status, with the transition at the end of `states`. */
function moved(entity: JsonObject, status: string, stamp: Stamp): JsonObject {
  const states = Array.isArray(entity["states"]) ? (entity["states"] as readonly Json[]) : [];
  const ended = isTerminal(status) ? { completedDateTime: stamp.now } : {};
  return withMembers(entity, { status, states: [...states, stateOf(status, stamp)], lastActionDateTime: stamp.now, ...ended });
}

/** A new action waits as NotStarted; the caller is taken from the token. */
export const createAction: Rule = {
  decide(draft, _, stamp) {
    if (stamp.faithful.has("providers")) return { refuse: "providerNotFound" };
    const { now, appId, user, tenant } = stamp;
    const own = { appId, azureTenantId: tenant, user, createdDateTime: now, completedDateTime: null, errorInfo: null };
    const entity = moved(withMembers(draft.entity, { ...own, states: [] }), "NotStarted", stamp);
    return { entity, messages: [announce("securityAction.dispatch", entity)] };
  },
};

/** A connector reports: status forward, error beside it. */
export const reportAction: Rule = {
  decide(draft, _, stamp) {
    const from = textOf(draft.before?.["status"]);
    const to = draft.entity["status"];
    if (typeof to !== "string") return invalid("status", "Property 'status' cannot be null.");
    const touchesResult = Object.hasOwn(draft.sent, "status") || Object.hasOwn(draft.sent, "errorInfo");
    if (!touchesResult) return { entity: withMembers(draft.entity, { lastActionDateTime: stamp.now }) };
    return report(draft, { from, to }, stamp);
  },
};

function report(draft: Draft, { from, to }: { readonly from: string; readonly to: string }, stamp: Stamp): Decision | Refusal {
  if (isTerminal(from)) return conflict(`The action has ended as ${from}; that is final.`);
  const entity = withMembers(draft.entity, { errorInfo: completeError(draft.entity["errorInfo"] ?? null) });
  if (from === to) return { entity: withMembers(entity, { lastActionDateTime: stamp.now }) };
  if (next[from]?.includes(to) !== true) return conflict(`An action cannot go from ${from} to ${to}; possible are ${next[from]?.join(", ")}.`);
  return { entity: moved(entity, to, stamp) };
}

/** `code` and `subcode` are not nullable: 0 where the connector gave none. */
function completeError(error: Json): Json {
  return isObject(error) ? { ...error, code: error["code"] ?? 0, subcode: error["subcode"] ?? 0 } : null;
}

/** cancelSecurityAction: what has not started fails at once; what runs is asked to stop; what has ended stays. */
export const cancelAction: Rule = {
  decide(draft, _, stamp) {
    const status = textOf(draft.entity["status"]);
    if (isTerminal(status)) return conflict(`The action has ended as ${status}; it cannot be cancelled.`);
    if (status === "Running") {
      const entity = withMembers(draft.entity, { cancelRequested: true, lastActionDateTime: stamp.now });
      return { entity, messages: [announce("securityAction.cancel", entity)] };
    }
    const message = `Cancelled by ${stamp.user ?? stamp.appId}`;
    const errorInfo = { "@odata.type": "microsoft.graph.resultInfo", code: 1, message, subcode: 0 };
    return { entity: moved(withMembers(draft.entity, { errorInfo }), "Failed", stamp) };
  },
};
