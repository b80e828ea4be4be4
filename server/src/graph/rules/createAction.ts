import type { Rule } from "../../edm/rules.ts";
import { announce, moved } from "./actionStates.ts";
import { withMembers } from "./stamped.ts";

/** A new action waits as NotStarted; the caller is taken from the token. */
export const createAction: Rule = {
  decide(draft, _, stamp) {
    if (stamp.faithful.has("providers")) return { refuse: "providerNotFound" };
    const { now, appId, user, tenant } = stamp;
    const own = { appId, azureTenantId: tenant, user, createdDateTime: now, completedDateTime: null, errorInfo: null };
    const entity = moved(withMembers(draft.entity, { ...own, states: [] }), "NotStarted", stamp);
    return { entity, messages: [announce("securityAction.dispatch", entity)] };
  },
};
