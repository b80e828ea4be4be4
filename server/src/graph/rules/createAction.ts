import type { Draft, Rule } from "../../edm/rules.ts";
import { announce, moved } from "./actionStates.ts";
import { actionTargets, type ActionTarget } from "./actionTargets.ts";
import { protectionCount, protectionReads, protectionRefusal } from "./protection.ts";
import { withMembers } from "./stamped.ts";

/** A new action waits as NotStarted; the caller is taken from the token. */
export const createAction: Rule = {
  reads: () => protectionCount,
  further: (draft, found) => protectionReads(targetsOf(draft), found),
  decide(draft, found, stamp) {
    if (stamp.faithful.has("providers")) return { refuse: "providerNotFound" };
    const refusal = protectionRefusal(targetsOf(draft), found);
    if (refusal !== undefined) return refusal;
    const { now, appId, user, tenant } = stamp;
    const own = { appId, azureTenantId: tenant, user, createdDateTime: now, completedDateTime: null, errorInfo: null };
    const entity = moved(withMembers(draft.entity, { ...own, states: [] }), "NotStarted", stamp);
    return { entity, messages: [announce("securityAction.dispatch", entity)] };
  },
};

function targetsOf({ entity }: Draft): readonly ActionTarget[] {
  return actionTargets(entity["parameters"], { names: [], at: "parameters" });
}
