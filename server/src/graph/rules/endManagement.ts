import type { Rule } from "../../edm/rules.ts";
import { conflict } from "./refusals.ts";

/** The tenant whose home hub it is ends the management of another, or the manager its own; a hub without a home keeps its manager. */
export const endManagement: Rule = {
  decide(draft, _, stamp) {
    const { id, homeTenantId } = draft.entity;
    if (homeTenantId === null) return conflict("This hub is nobody's home: without its manager nobody could reach it.");
    if (stamp.tenant === id || stamp.tenant === homeTenantId) return { entity: draft.entity };
    return { refuse: "forbidden", parameters: { what: "Only the hub's own tenant, or the manager itself, can end the management." } };
  },
};
