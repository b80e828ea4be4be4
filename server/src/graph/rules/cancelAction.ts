import { textOf, type JsonObject } from "../../base/json.ts";
import type { Rule, Stamp } from "../../edm/rules.ts";
import { announce, isTerminal, moved } from "./actionStates.ts";
import { askedBy, dispatchOf, ended, resultInfo, withDispatch } from "./dispatchState.ts";
import { conflict } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

/** What a connector has in hand: it has to be told. */
const underWay = new Set(["dispatching", "cancelling"]);

/** cancelSecurityAction: what nobody carries out fails at once; of what a connector has in hand the connector is told; what has ended stays. */
export const cancelAction: Rule = {
  decide({ entity }, _, stamp) {
    const status = textOf(entity["status"]);
    if (isTerminal(status)) return conflict(`The action has ended as ${status}; it cannot be cancelled.`);
    const dispatch = dispatchOf(entity);
    if (dispatch !== undefined) return { entity: cancelled(entity, dispatch, stamp) };
    if (status === "Running") {
      const asked = withMembers(entity, { cancelRequested: true, lastActionDateTime: stamp.now });
      return { entity: asked, messages: [announce("securityAction.cancel", asked)] };
    }
    return { entity: moved(withMembers(entity, { errorInfo: byWhom(stamp) }), "Failed", stamp) };
  },
};

function byWhom(stamp: Stamp): JsonObject {
  return resultInfo(1, `Cancelled by ${askedBy(stamp)}`);
}

function cancelled(action: JsonObject, dispatch: JsonObject, stamp: Stamp): JsonObject {
  if (!underWay.has(textOf(dispatch["status"]))) return ended(action, "Failed", byWhom(stamp), stamp);
  // Who asks again changes nothing.
  if (dispatch["cancelRequestedBy"] !== null) return action;
  const asked = { status: "cancelling", cancelRequestedBy: askedBy(stamp), cancelRequestedDateTime: stamp.now, nextAttemptDateTime: stamp.now };
  return withDispatch(withMembers(action, { lastActionDateTime: stamp.now }), asked);
}
