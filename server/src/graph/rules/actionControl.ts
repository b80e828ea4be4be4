import type { Rule } from "../../edm/rules.ts";
import { withMembers } from "./stamped.ts";

/** A bound action that turns the switch of a hub to a state; who, when and why stay readable. Turned to where it is already, nothing changes. */
export function turnControl(state: string): Rule {
  return {
    decide({ entity, sent }, _, { now, user, appId }) {
      if (entity["state"] === state) return { entity };
      return { entity: withMembers(entity, { state, stateDateTime: now, stateBy: user, stateByApp: appId, stateReason: sent["reason"] ?? null }) };
    },
  };
}
