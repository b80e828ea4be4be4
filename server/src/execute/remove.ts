import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import type { Plan } from "../plan/plan.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { DeleteEffects } from "./deleteEffects.ts";
import type { Outcome } from "./outcome.ts";
import { rowChange } from "./rowChange.ts";

/** DELETE of an entity (OData Protocol 11.4.5; R104). */
export async function remove(permitted: Permitted<Extract<Plan, { readonly kind: "delete" }>>, context: ExecuteContext): Promise<Outcome> {
  const { target, conditions } = permitted.plan;
  const { place } = target;
  await attempt(permitted, context, async () => {
    const row = await context.store.get(permitted);
    if (row === undefined) throw notFound(target.key);
    requireConditions(conditions, etagOf(row));
    const change = { place, row, expect: row.seq, verb: "delete", name: "delete", sent: {}, rule: place.definition.rules?.delete } as const;
    const stamp = stampOf(permitted, context);
    const running = { permitted, context };
    const own = await rowChange(change, stamp, running);
    const effects = new DeleteEffects(stamp, running);
    await effects.of(place, row);
    const writeSet = effects.rows.length === 0 ? own : { ...own, rows: [...own.rows, ...effects.rows] };
    return place.definition.managers === true ? { ...writeSet, revokes: [{ tenant: row.id, hub: row.hub }] } : writeSet;
  });
  return { kind: "deleted" };
}
