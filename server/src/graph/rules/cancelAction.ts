import { textOf, type JsonObject } from "../../base/json.ts";
import type { Decision, Found, Message, Rule, Stamp } from "../../edm/rules.ts";
import { isBulk } from "./actionParts.ts";
import { announce, isTerminal, moved } from "./actionStates.ts";
import { notPossible } from "./actionTransitions.ts";
import { childReads, childrenOf, written } from "./children.ts";
import { askedBy, dispatchOf, ended, isDispatched, resultInfo, withDispatch } from "./dispatchState.ts";
import { countsOf, parentProgress } from "./parentProgress.ts";
import { withMembers } from "./stamped.ts";

/** What a connector has in hand: it has to be told. */
const underWay = new Set(["dispatching", "cancelling"]);

/**
 * cancelSecurityAction: what nobody carries out fails at once; of what a connector has in hand the connector is told; what has
 * ended stays. A parent is cancelled with all of its children that have not ended.
 */
export const cancelAction: Rule = {
  reads: ({ entity }) => childReads(entity),
  decide({ entity }, found, stamp) {
    if (isTerminal(textOf(entity["status"]))) return notPossible("cancelSecurityAction", entity);
    return isBulk(entity) ? cancelledAll(entity, found, stamp) : cancelled(entity, stamp);
  },
};

interface Cancelled {
  readonly entity: JsonObject;
  readonly messages?: readonly Message[];
}

function cancelled(entity: JsonObject, stamp: Stamp): Cancelled {
  if (isDispatched(entity)) return { entity: withdrawn(entity, stamp) };
  if (entity["status"] === "Running") {
    const asked = withMembers(entity, { cancelRequested: true, lastActionDateTime: stamp.now });
    return { entity: asked, messages: [announce("securityAction.cancel", asked)] };
  }
  return { entity: moved(withMembers(entity, { errorInfo: byWhom(stamp) }), "Failed", stamp) };
}

function byWhom(stamp: Stamp): JsonObject {
  return resultInfo(1, `Cancelled by ${askedBy(stamp)}`);
}

function withdrawn(action: JsonObject, stamp: Stamp): JsonObject {
  const dispatch = dispatchOf(action) ?? {};
  if (!underWay.has(textOf(dispatch["status"]))) return ended(action, "Failed", byWhom(stamp), stamp);
  // Who asks again changes nothing.
  if ((dispatch["cancelRequestedBy"] ?? null) !== null) return action;
  return withDispatch(withMembers(action, { lastActionDateTime: stamp.now }), { status: "cancelling", ...request(stamp), nextAttemptDateTime: stamp.now });
}

function request(stamp: Stamp): JsonObject {
  return { cancelRequestedBy: askedBy(stamp), cancelRequestedDateTime: stamp.now };
}

/** The parent ends with its last child: at once where no connector has any of them in hand. */
function cancelledAll(parent: JsonObject, found: Found, stamp: Stamp): Decision {
  const children = childrenOf(found);
  const open = children.filter((child) => !isTerminal(textOf(child["status"])));
  // They have all ended, and nobody has looked yet.
  if (open.length === 0) return { entity: parentProgress(parent, countsOf(children), stamp) };
  const changes = open.map((child) => ({ child, ...cancelled(child, stamp) }));
  const also = changes.flatMap(({ child, entity }) => (entity === child ? [] : [written(entity)]));
  const isOver = changes.every(({ entity }) => isTerminal(textOf(entity["status"])));
  const asked = withDispatch(withMembers(parent, { lastActionDateTime: stamp.now }), request(stamp));
  const entity = isOver ? ended(asked, "Failed", byWhom(stamp), stamp) : asked;
  return { entity, also, messages: changes.flatMap(({ messages = [] }) => messages) };
}
