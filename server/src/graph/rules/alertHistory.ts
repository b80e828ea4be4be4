import type { Json } from "../../base/json.ts";
import type { Rule } from "../../edm/rules.ts";
import { vendorRefusal } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

const tracked = ["assignedTo", "comments", "feedback", "status"];

/** PATCH of an alert: what an analyst changed is appended to `historyStates`; a closed alert knows when it was closed. */
export const updateAlert: Rule = {
  decide(draft, _, stamp) {
    const refusal = vendorRefusal(draft);
    if (refusal !== undefined) return refusal;
    if (!tracked.some((name) => Object.hasOwn(draft.sent, name))) return { entity: draft.entity };
    const { assignedTo = null, comments = [], feedback = null, status = null } = draft.entity;
    const state = { appId: stamp.appId, assignedTo, comments, feedback, status, updatedDateTime: stamp.now, user: stamp.user };
    const history = (draft.entity["historyStates"] ?? []) as readonly Json[];
    const isClosed = status === "resolved" || status === "dismissed";
    const closed = isClosed ? { closedDateTime: draft.entity["closedDateTime"] ?? stamp.now } : {};
    const historyStates = [...history, { "@odata.type": "microsoft.graph.alertHistoryState", ...state }];
    return { entity: withMembers(draft.entity, { historyStates, ...closed }) };
  },
};
