import type { Draft, Refusal, Rule } from "../../edm/rules.ts";
import { notPossible } from "./actionTransitions.ts";
import { dispatchOf, ended, queued, resultInfo, withDispatch } from "./dispatchState.ts";
import { withMembers } from "./stamped.ts";

function aliveRefused({ entity }: Draft, operation: string): Refusal | undefined {
  if (dispatchOf(entity)?.["status"] === "deadLettered") return undefined;
  return notPossible(operation, entity, "only what is deadLettered can be retried or dropped");
}

/** retry: a dead letter goes into the queue again, with all its attempts before it. */
export const retryAction: Rule = {
  decide(draft, _, stamp) {
    const refusal = aliveRefused(draft, "retry");
    if (refusal !== undefined) return refusal;
    const entity = withMembers(draft.entity, { errorInfo: null, lastActionDateTime: stamp.now });
    return { entity: withDispatch(queued(entity, "queued", stamp.now), { failures: 0 }) };
  },
};

/** drop: a dead letter ends as Failed, with the reason that it died of. */
export const dropAction: Rule = {
  decide(draft, _, stamp) {
    const refusal = aliveRefused(draft, "drop");
    if (refusal !== undefined) return refusal;
    const { errorInfo = null } = draft.entity;
    return { entity: ended(draft.entity, "Failed", errorInfo ?? resultInfo(1, "Dropped."), stamp) };
  },
};
