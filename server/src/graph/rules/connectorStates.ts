import type { Rule } from "../../edm/rules.ts";
import { followedBy } from "./connectors.ts";
import { statusReads } from "./providerStatus.ts";
import { withMembers } from "./stamped.ts";

/** A bound action that turns a connector to a state, whatever it was in; who, when and why stay readable. Turned to where it is already, nothing changes. */
export function turnTo(state: string): Rule {
  return {
    reads: (_, stamp) => statusReads(stamp),
    decide({ entity, sent }, found, stamp) {
      if (entity["state"] === state) return { entity };
      const { now, user, appId } = stamp;
      const by = { stateDateTime: now, stateBy: user, stateByApp: appId, stateReason: sent["reason"] ?? null };
      const turned = withMembers(entity, { state, ...by, lastModifiedDateTime: now });
      return { entity: turned, also: followedBy(turned, found, stamp) };
    },
  };
}
