import { isObject, textOf, type Json } from "../../base/json.ts";
import type { Decision, Draft, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { isTerminal, moved, nextStates } from "./actionStates.ts";
import { conflict, invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

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
  if (nextStates[from]?.includes(to) !== true) {
    return conflict(`An action cannot go from ${from} to ${to}; possible are ${nextStates[from]?.join(", ")}.`);
  }
  return { entity: moved(entity, to, stamp) };
}

/** `code` and `subcode` are not nullable: 0 where the connector gave none. */
function completeError(error: Json): Json {
  return isObject(error) ? { ...error, code: error["code"] ?? 0, subcode: error["subcode"] ?? 0 } : null;
}
