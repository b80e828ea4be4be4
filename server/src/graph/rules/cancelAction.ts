import { textOf } from "../../base/json.ts";
import type { Rule } from "../../edm/rules.ts";
import { announce, isTerminal, moved } from "./actionStates.ts";
import { conflict } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

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
