import { notFound } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import { etagOf } from "../base/etag.ts";
import { requireConditions } from "../plan/conditions.ts";
import { problem } from "../base/errors.ts";
import type { EntityType } from "../edm/types.ts";
import { hasNavigation, type Link } from "../edm/links.ts";
import type { EntityTarget, LinkPlan, SentEntity, SentItem } from "../plan/plan.ts";
import { deepChange } from "./deepWrite.ts";
import { typeOf } from "./typeOf.ts";
import { attempt } from "./attempt.ts";
import { stampOf, type ExecuteContext } from "./context.ts";
import { linkChange, requireValue } from "./linkChange.ts";
import { requireInHub } from "./requireInHub.ts";
import type { Outcome } from "./outcome.ts";
import { auditOf } from "./writeSetOf.ts";

/** A write of `/$ref` (OData Protocol 11.4.6): what stands already is not written again. */
export async function link(permitted: Permitted<LinkPlan>, context: ExecuteContext): Promise<Outcome> {
  const { target, link: along, change, others, conditions } = permitted.plan;
  const ends = others();
  for (const one of ends) requireInHub(permitted, one);
  await attempt(permitted, context, async () => {
    const row = await context.store.get(permitted);
    if (row === undefined) throw notFound(target.key);
    if (change === "replace") requireValue(along, row);
    requireConditions(conditions, etagOf(row));
    const stamp = stampOf(permitted, context);
    const running = { permitted, context };
    if (change === "replace") return deepChange({ place: target.place, row, sent: replacing(along, ends, typeOf(row, context)), more: {} }, stamp, running);
    const made = await linkChange({ link: along, row, change, to: ends[0]?.key }, stamp, running);
    return made === undefined ? undefined : { ...made, grants: [], messages: [], audit: auditOf(stamp, `${change} ${along.navigation.name}`, context) };
  });
  return { kind: "acted", status: 204 };
}

/** All that a collection leads to, as a patch of its entity says it. */
function replacing(along: Link, ends: readonly EntityTarget[], type: EntityType): SentEntity {
  const { navigation, to: place } = along;
  if (!hasNavigation(type, navigation)) throw problem("unknownProperty", { property: navigation.name, type: type.name }, { target: navigation.name });
  const distinct = [...new Map(ends.map((end) => [end.key, end])).values()];
  const items = distinct.map((to, index): SentItem => ({ kind: "reference", to, path: `value[${index}]` }));
  const related = [{ navigation, place, link: along, path: "value", items, isDelta: false }];
  return { type, key: {}, entity: { "@odata.type": `#${type.name}` }, sent: new Set(), placeholders: [], related };
}
