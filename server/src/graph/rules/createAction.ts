import type { JsonObject } from "../../base/json.ts";
import { isRefusal, type Decision, type Draft, type Found, type Refusal, type Rule, type Stamp } from "../../edm/rules.ts";
import { isBulk, partsOf, partsRefusal } from "./actionParts.ts";
import { actionNamed, carrierOf, knownReads, providerOf, providerReads, type Carrier } from "./actionProvider.ts";
import { announce } from "./actionStates.ts";
import { targetsOfParts } from "./actionProtection.ts";
import type { ActionTarget } from "./actionTargets.ts";
import { awaitingApproval } from "./approval.ts";
import { written } from "./children.ts";
import { queued, withDispatch } from "./dispatchState.ts";
import { rehearsed } from "./dryRun.ts";
import { durationRefusal } from "./durationRefusal.ts";
import { asNew, asksApproval, carriedBy, childOf, entrusted } from "./newAction.ts";
import { parameterRefusal } from "./parameterRefusal.ts";
import { protectionCount, protectionReads, protectionRefusal } from "./protection.ts";

/**
 * POST of an action. Where a connector of the hub carries it out, it goes into its queue or waits for an approval; where nobody
 * does, it waits for its provider to look for it. One with `targets` is a parent with an action for each; a dry run is checked and goes nowhere.
 */
export const createAction: Rule = {
  reads: ({ entity }) => ({ ...protectionCount, ...providerReads(entity) }),
  further: ({ entity }, found) => ({ ...knownReads(entity, found), ...(partsRefusal(entity) === undefined && protectionReads(touched(entity, found), found)) }),
  decide(draft, found, stamp) {
    const { entity } = draft;
    const carrier = carrierOf(entity, found, stamp);
    if (carrier !== undefined && isRefusal(carrier)) return carrier;
    return refusalOf(draft, carrier, found) ?? made(asNew(entity, stamp), carrier, stamp);
  },
};

function touched(entity: JsonObject, found: Found): readonly ActionTarget[] {
  const provider = providerOf(found);
  return targetsOfParts(partsOf(entity), provider === undefined ? undefined : actionNamed(provider, entity["name"]));
}

function refusalOf({ entity }: Draft, carrier: Carrier | undefined, found: Found): Refusal | undefined {
  const misfit = partsRefusal(entity) ?? (carrier === undefined ? undefined : parameterRefusal(partsOf(entity), carrier.action));
  return misfit ?? durationRefusal(entity, carrier) ?? protectionRefusal(touched(entity, found), found);
}

function made(entity: JsonObject, carrier: Carrier | undefined, stamp: Stamp): Decision {
  if (entity["dryRun"] === true) return { entity: rehearsed(entity, carrier, stamp) };
  if (isBulk(entity)) return parentOf(entity, carrier, stamp);
  const ready = carrier === undefined ? entity : entrusted(entity, carrier, stamp);
  return { entity: ready, messages: [announce("securityAction.dispatch", ready)] };
}

/** The parent, which nobody carries out, and its children: they wait for the parent's approval where one is needed. */
function parentOf(entity: JsonObject, carrier: Carrier | undefined, stamp: Stamp): Decision {
  const children = partsOf(entity).map((part) => childOf(entity, part, stamp));
  if (carrier === undefined) {
    return { entity: withDispatch(entity, { status: "following" }), also: children.map(written) };
  }
  const known = children.map((child) => withDispatch(child, carriedBy(carrier)));
  if (asksApproval(carrier, entity)) {
    const waiting = known.map((child) => withDispatch(child, { status: "pendingApproval" }));
    return { entity: awaitingApproval(withDispatch(entity, carriedBy(carrier)), stamp), also: waiting.map(written) };
  }
  return { entity: withDispatch(entity, { status: "following" }), also: known.map((child) => written(queued(child, "queued", stamp.now))) };
}
