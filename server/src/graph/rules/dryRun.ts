import type { JsonObject } from "../../base/json.ts";
import type { Stamp } from "../../edm/rules.ts";
import { partsOf } from "./actionParts.ts";
import { actionNamed, type Carrier } from "./actionProvider.ts";
import { moved } from "./actionStates.ts";
import { withDispatch } from "./dispatchState.ts";
import { asksApproval, carriedBy } from "./newAction.ts";
import { typedParameters } from "./parameterRefusal.ts";

/** Parts of an action that a dry run tells one by one. */
const mostTold = 100;

/** A dry run: everything was checked, nothing is sent; it has ended, and says what would have been sent. */
export function rehearsed(entity: JsonObject, carrier: Carrier | undefined, stamp: Stamp): JsonObject {
  const known = carrier === undefined ? {} : carriedBy(carrier);
  return withDispatch(moved(entity, "Completed", stamp), { ...known, status: "dryRun", wouldSend: JSON.stringify(wouldSend(entity, carrier)) });
}

function wouldSend(entity: JsonObject, carrier: Carrier | undefined): JsonObject {
  const parts = partsOf(entity);
  const parameters = parts.slice(0, mostTold).map((part) => typedParameters(part, carrier?.action ?? {}) ?? {});
  const what = {
    action: carrier?.action["name"] ?? entity["name"] ?? null,
    duration: entity["duration"] ?? null,
    count: parts.length,
    parameters,
  };
  if (carrier === undefined) return { connector: null, ...what };
  const { id = null, vendor = null, provider = null, kind = null, state = null } = carrier.provider;
  const reverse = actionNamed(carrier.provider, carrier.action["reverse"] ?? null)?.["name"] ?? null;
  return { connector: { id, vendor, provider, kind, state }, ...what, reverse, approval: asksApproval(carrier, entity) ? "required" : "none" };
}
