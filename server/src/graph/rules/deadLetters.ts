import { textOf } from "../../base/json.ts";
import type { Draft, Refusal, Rule } from "../../edm/rules.ts";
import { dispatchOf, ended, queued, resultInfo, withDispatch } from "./dispatchState.ts";
import { conflict } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

function aliveRefused({ entity }: Draft, what: string): Refusal | undefined {
  const state = textOf(dispatchOf(entity)?.["status"]);
  if (state === "deadLettered") return undefined;
  const now = state === "" ? textOf(entity["status"]) : state;
  return conflict(`Only a dead letter can be ${what} (dispatch/status deadLettered); this action is ${now}.`);
}

/** retry: a dead letter goes into the queue again, with all its attempts before it. */
export const retryAction: Rule = {
  decide(draft, _, stamp) {
    const refusal = aliveRefused(draft, "retried");
    if (refusal !== undefined) return refusal;
    const entity = withMembers(draft.entity, { errorInfo: null, lastActionDateTime: stamp.now });
    return { entity: withDispatch(queued(entity, "queued", stamp.now), { failures: 0 }) };
  },
};

/** drop: a dead letter ends as Failed, with the reason that it died of. */
export const dropAction: Rule = {
  decide(draft, _, stamp) {
    const refusal = aliveRefused(draft, "dropped");
    if (refusal !== undefined) return refusal;
    const { errorInfo = null } = draft.entity;
    return { entity: ended(draft.entity, "Failed", errorInfo ?? resultInfo(1, "Dropped."), stamp) };
  },
};
