import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { parseStored } from "../base/parseJson.ts";
import type { Plan } from "../plan/plan.ts";
import type { RowWrite } from "../store/store.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import { writeSetOf } from "./create.ts";
import { decide, type Running } from "./decide.ts";
import type { Outcome } from "./outcome.ts";

/** DELETE of an entity (OData Protocol 11.4.5; R104). */
export async function remove(permitted: Permitted<Extract<Plan, { readonly kind: "delete" }>>, context: ExecuteContext): Promise<Outcome> {
  const { target, conditions } = permitted.plan;
  const running: Running = { permitted, context };
  await attempt(permitted, context, async () => {
    const row = await context.store.get(permitted);
    if (row === undefined) throw notFound(target.key);
    requireConditions(conditions, etagOf(row));
    const before = parseStored(row.body);
    const stamp = stampOf(permitted, context);
    const draft = { verb: "delete", type: row.type, entity: before, before, sent: {}, parents: target.parents } as const;
    const decision = await decide(target.place.definition.rules?.delete, draft, stamp, running);
    const write: RowWrite = { place: target.place, parents: target.parents, id: row.id, expect: row.seq, put: null, changed: [] };
    return writeSetOf(write, decision, { stamp, verb: "delete", running });
  });
  return { kind: "deleted" };
}
