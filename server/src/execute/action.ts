import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { parseStored } from "../base/parseJson.ts";
import type { EntityTarget, Plan } from "../plan/plan.ts";
import type { RowWrite } from "../store/store.ts";
import { attempt } from "./attempt.ts";
import { bulkAction } from "./bulkAction.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import { isImporter, writeSetOf } from "./create.ts";
import { decide, type Running } from "./decide.ts";
import type { Outcome } from "./outcome.ts";
import { changedNames } from "./update.ts";

export type ActionPlan = Permitted<Extract<Plan, { readonly kind: "action" }>>;

/** A bound action (OData Protocol 11.5.5): over one entity by its rule, over a collection in bulk. */
export async function action(permitted: ActionPlan, context: ExecuteContext): Promise<Outcome> {
  const { target } = permitted.plan;
  return target.kind === "collection" ? bulkAction(permitted, context) : onEntity(permitted, target, context);
}

async function onEntity(permitted: ActionPlan, target: EntityTarget, context: ExecuteContext): Promise<Outcome> {
  const { operation, body, conditions } = permitted.plan;
  const { values } = body.read({ importer: isImporter(permitted) });
  const running: Running = { permitted, context };
  await attempt(permitted, context, async () => {
    const row = await context.store.get(permitted);
    if (row === undefined) throw notFound(target.key);
    requireConditions(conditions, etagOf(row));
    const before = parseStored(row.body);
    const stamp = stampOf(permitted, context);
    const draft = { verb: "action", type: row.type, entity: before, before, sent: values, parents: target.parents } as const;
    const decision = await decide(operation.definition.rule, draft, stamp, running);
    const write: RowWrite = {
      place: target.place,
      parents: target.parents,
      id: row.id,
      expect: row.seq,
      put: { type: row.type, entity: decision.entity },
      changed: changedNames(before, decision.entity),
    };
    return writeSetOf(write, decision, { stamp, verb: operation.name, running });
  });
  return { kind: "acted", status: operation.definition.emptyStatus ?? 204 };
}
