import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { etagOf } from "../base/etag.ts";
import type { Json } from "../base/json.ts";
import { requireConditions } from "../plan/conditions.ts";
import type { EntityTarget, Plan } from "../plan/plan.ts";
import { attempt } from "./attempt.ts";
import { bulkAction } from "./bulkAction.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { isImporter } from "./isImporter.ts";
import { indexOfMade } from "./once.ts";
import type { Outcome } from "./outcome.ts";
import { changeSetOf, decideChange, writesNothing } from "./rowChange.ts";
import { virtualRow } from "./virtualRow.ts";

export type ActionPlan = Permitted<Extract<Plan, { readonly kind: "action" }>>;

/** A bound action (OData Protocol 11.5.5): over one entity by its rule, over a collection in bulk. */
export async function action(permitted: ActionPlan, context: ExecuteContext): Promise<Outcome> {
  const { target } = permitted.plan;
  return target.kind === "collection" ? bulkAction(permitted, context) : onEntity(permitted, target, context);
}

async function onEntity(permitted: ActionPlan, target: EntityTarget, context: ExecuteContext): Promise<Outcome> {
  const { operation, body, conditions } = permitted.plan;
  const { values: sent } = body.read({ importer: isImporter(permitted) });
  const { rule, emptyStatus = 204 } = operation.definition;
  let result: Json | undefined;
  let made = -1;
  const rows = await attempt(permitted, context, async () => {
    const stored = await context.store.get(permitted);
    const row = stored ?? virtualRow(permitted, target);
    if (row === undefined) throw notFound(target.key);
    requireConditions(conditions, etagOf(row));
    const change = { place: target.place, row, expect: stored === undefined ? "absent" : row.seq, verb: "action", name: operation.name, sent, rule } as const;
    const stamp = stampOf(permitted, context);
    const decision = await decideChange(change, stamp, { permitted, context });
    result = decision.result;
    if (writesNothing(decision)) return undefined;
    const set = await changeSetOf(change, decision, stamp, { permitted, context });
    made = decision.made === undefined ? -1 : indexOfMade(set.rows, decision.made, target.place);
    return set;
  });
  const shown = rows[made];
  if (shown !== undefined) return { kind: "created", row: shown, notes: [] };
  return operation.returns === undefined ? { kind: "acted", status: emptyStatus } : { kind: "value", value: result ?? null };
}
