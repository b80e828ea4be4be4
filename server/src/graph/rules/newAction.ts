import type { Json, JsonObject } from "../../base/json.ts";
import type { Stamp } from "../../edm/rules.ts";
import type { ActionPart } from "./actionParts.ts";
import { actionNamed, type Carrier } from "./actionProvider.ts";
import { moved } from "./actionStates.ts";
import { awaitingApproval } from "./approval.ts";
import { queued, withDispatch } from "./dispatchState.ts";
import { withMembers } from "./stamped.ts";

/** A new action waits as NotStarted; who asks is taken from the token. */
export function asNew(entity: JsonObject, stamp: Stamp): JsonObject {
  const { now, appId, user, tenant } = stamp;
  const own = { appId, azureTenantId: tenant, user, createdDateTime: now, completedDateTime: null, errorInfo: null, states: [], dispatch: null };
  return moved(withMembers(entity, own), "NotStarted", stamp);
}

/**
 * Whether another person has to approve what a connector is to carry out. What shall hold for a while is approved with its end: of the
 * reverse nobody is asked when the time is over, so one that needs an approval gets it with the action.
 */
export function asksApproval({ provider, action }: Carrier, { duration = null }: JsonObject): boolean {
  if (action["approval"] === "required") return true;
  return duration !== null && actionNamed(provider, action["reverse"] ?? null)?.["approval"] === "required";
}

/** The action on its way to the connector: in the queue, or waiting for an approval first. */
export function entrusted(entity: JsonObject, carrier: Carrier, stamp: Stamp): JsonObject {
  const known = withDispatch(entity, carriedBy(carrier));
  return asksApproval(carrier, entity) ? awaitingApproval(known, stamp) : queued(known, "queued", stamp.now);
}

export function carriedBy({ provider }: Carrier): Readonly<Record<string, Json>> {
  return { connectorId: provider["id"] ?? null, guarantee: provider["guarantee"] ?? null };
}

/** The action that does to one target what its parent asks for; what people added to the parent stays there. */
export function childOf(parent: JsonObject, { pairs }: ActionPart, stamp: Stamp): JsonObject {
  const { "@odata.type": type = null, name = null, actionReason = null, clientContext = null, vendorInformation = null, duration = null } = parent;
  const parameters = pairs.map(({ pair }) => pair);
  const own = { "@odata.type": type, id: stamp.newId(), actionReason, clientContext, name, parameters, vendorInformation, duration, dryRun: null, targets: [] };
  return withDispatch(asNew(own, stamp), { parentId: parent["id"] ?? null });
}
