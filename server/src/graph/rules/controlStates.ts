import { textOf, type Json } from "../../base/json.ts";
import type { Rule } from "../../edm/rules.ts";
import { invalid, vendorRefusal } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

const states = ["Default", "Ignored", "ThirdParty", "Reviewed"];

/** PATCH of a control profile: `state`, `assignedTo` and `comment` are kept as one more entry of `controlStateUpdates`. */
export const updateControl: Rule = {
  decide(draft, _, stamp) {
    const refusal = vendorRefusal(draft);
    if (refusal !== undefined) return refusal;
    const { state, assignedTo, comment } = draft.sent;
    if (state === undefined && assignedTo === undefined && comment === undefined) return { entity: draft.entity };
    const known = states.find((one) => one.toLowerCase() === textOf(state ?? "Default").toLowerCase());
    if (known === undefined) return invalid("state", `Property 'state': expected one of ${states.join(", ")}, got ${JSON.stringify(state)}.`);
    const update = {
      "@odata.type": "microsoft.graph.secureScoreControlStateUpdate",
      assignedTo: assignedTo ?? null,
      comment: comment ?? null,
      state: known,
      updatedBy: stamp.user ?? stamp.appId,
      updatedDateTime: stamp.now,
    };
    const before = (draft.entity["controlStateUpdates"] ?? []) as readonly Json[];
    return { entity: withMembers(draft.entity, { controlStateUpdates: [...before, update] }) };
  },
};
