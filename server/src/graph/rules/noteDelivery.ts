import { textOf, type JsonObject } from "../../base/json.ts";
import type { Rule } from "../../edm/rules.ts";
import { objectsOf } from "./objectsOf.ts";
import { withMembers } from "./stamped.ts";

/** Deliveries that a log keeps where no setting says it. */
export const usuallyKept = 1000;

const place = "subscriptions/deliveries";
/** More than one goes with each new one until there are no more than are kept. */
const atOnce = 20;

/**
 * A new entry in the log of deliveries; the oldest beyond what is kept go with it. What tells how far the subscription has come stays: none goes but what this one is behind.
 */
export const noteDelivery: Rule = {
  reads({ entity, parents }, { deliveriesKept = usuallyKept }) {
    if (throughOf(entity) === undefined) return {};
    return { old: { kind: "behind", place, parents, by: "createdDateTime", keep: deliveriesKept - 1, limit: atOnce } };
  },
  decide({ entity, parents }, { old = null }, { now }) {
    const made = withMembers(entity, { createdDateTime: entity["createdDateTime"] ?? now });
    const gone = objectsOf(old).filter((one) => isBehind(one, entity));
    return { entity: made, also: gone.map((one) => ({ place, parents, id: textOf(one["id"]), entity: null })) };
  },
};

function throughOf({ throughSequence = null }: JsonObject): number | undefined {
  return throughSequence === null ? undefined : Number(throughSequence);
}

/** What was told before a later replay says nothing of where the subscription stands now. */
function isBehind(one: JsonObject, entity: JsonObject): boolean {
  const [its, current] = [one, entity].map(({ replays = null }) => Number(replays ?? 0)) as [number, number];
  return its < current || (its === current && (throughOf(one) ?? 0) < throughOf(entity)!);
}
