import { textOf, type JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Found, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { partsOf } from "./actionParts.ts";
import { actionNamed, providerOf, providerReads, type Carrier } from "./actionProvider.ts";
import { targetsOfParts } from "./actionProtection.ts";
import { notPossible } from "./actionTransitions.ts";
import { dispatchOf, ended, resultInfo } from "./dispatchState.ts";
import { durationRefusal } from "./durationRefusal.ts";
import { entrusted } from "./newAction.ts";
import { parameterRefusal } from "./parameterRefusal.ts";
import { protectionCount, protectionReads, protectionRefusal } from "./protection.ts";
import { wordsOf } from "./refusals.ts";

function carrierIn({ entity }: Draft, found: Found): Carrier | undefined {
  const provider = providerOf(found);
  const action = provider === undefined ? undefined : actionNamed(provider, entity["name"]);
  return provider === undefined || action === undefined ? undefined : { provider, action };
}

/** Why an action that waited can never be carried out by the connector that came. */
function faultOf({ entity }: Draft, carrier: Carrier, found: Found): Refusal | undefined {
  const { action } = carrier;
  const parts = partsOf(entity);
  return parameterRefusal(parts, action) ?? durationRefusal(entity, carrier) ?? protectionRefusal(targetsOfParts(parts, action), found);
}

/** A connector came for what waited without one: it is checked as if it were posted now, and what would be refused fails with the reason. */
export const adoptAction: Rule = {
  reads: ({ entity }) => ({ ...protectionCount, ...providerReads(entity) }),
  further: (draft, found) => protectionReads(targetsOfParts(partsOf(draft.entity), carrierIn(draft, found)?.action), found),
  decide(draft, found, stamp): Decision | Refusal {
    const { entity } = draft;
    const state = textOf(dispatchOf(entity)?.["status"]);
    const carrier = carrierIn(draft, found);
    if (carrier === undefined || entity["status"] !== "NotStarted" || (state !== "" && state !== "waiting")) return notPossible("adopt", entity);
    const fault = faultOf(draft, carrier, found);
    return { entity: fault === undefined ? entrusted(entity, carrier, stamp) : failed(entity, fault, stamp) };
  },
};

/** The action, ended because of what would have been a refusal. */
export function failed(entity: JsonObject, fault: Refusal, stamp: Stamp): JsonObject {
  return ended(entity, "Failed", resultInfo(6, wordsOf(fault)), stamp);
}
