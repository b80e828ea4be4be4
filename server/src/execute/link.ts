import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import type { LinkPlan } from "../plan/plan.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { linkChange } from "./linkChange.ts";
import { requireInHub } from "./requireInHub.ts";
import type { Outcome } from "./outcome.ts";
import { auditOf } from "./writeSetOf.ts";

/** A write of `/$ref` (OData Protocol 11.4.6): what stands already is not written again. */
export async function link(permitted: Permitted<LinkPlan>, context: ExecuteContext): Promise<Outcome> {
  const { target, link: along, change, other, conditions } = permitted.plan;
  const to = other();
  requireInHub(permitted, to);
  await attempt(permitted, context, async () => {
    const row = await context.store.get(permitted);
    if (row === undefined) throw notFound(target.key);
    requireConditions(conditions, etagOf(row));
    const stamp = stampOf(permitted, context);
    const made = await linkChange({ link: along, row, change, to: to?.key }, stamp, { permitted, context });
    return made === undefined ? undefined : { ...made, grants: [], messages: [], audit: auditOf(stamp, `${change} ${along.navigation.name}`) };
  });
  return { kind: "acted", status: 204 };
}
