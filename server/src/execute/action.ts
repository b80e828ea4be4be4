import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import type { EntityTarget, Plan } from "../plan/plan.ts";
import { attempt } from "./attempt.ts";
import { bulkAction } from "./bulkAction.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { isImporter } from "./isImporter.ts";
import type { Outcome } from "./outcome.ts";
import { rowChange } from "./rowChange.ts";
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
  await attempt(permitted, context, async () => {
    const stored = await context.store.get(permitted);
    const row = stored ?? virtualRow(permitted, target);
    if (row === undefined) throw notFound(target.key);
    requireConditions(conditions, etagOf(row));
    const change = { place: target.place, row, expect: stored === undefined ? "absent" : row.seq, verb: "action", name: operation.name, sent, rule } as const;
    return rowChange(change, stampOf(permitted, context), { permitted, context });
  });
  return { kind: "acted", status: emptyStatus };
}
