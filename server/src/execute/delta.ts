import { outOfUse, sealPageToken } from "../auth/pageToken.ts";
import type { Permitted } from "../auth/permitted.ts";
import { deltaToken } from "../plan/deltaLink.ts";
import type { Cursor, RowPlan } from "../plan/plan.ts";
import type { Change } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import { requireKnownNames, requireParents } from "./read.ts";

type DeltaPlan = Permitted<Extract<RowPlan, { readonly kind: "delta" }>>;

/**
 * Change tracking of a collection (R132-R141): first all rows in pages, in the order of their keys, then, from link to link,
 * what changed since the first page was read. Whatever changes meanwhile comes with the changes, so nothing is missed; a row may come twice.
 */
export async function delta(permitted: DeltaPlan, context: ExecuteContext): Promise<Outcome> {
  const { plan, cursor } = permitted;
  await requireParents(permitted, plan.target, context);
  await requireKnownNames(permitted, plan.target, plan.query, context);
  if (plan.start.at === "now") return changed([], { values: [], since: await context.store.lastChange(permitted) }, false, { permitted, context });
  // Asked before the rows are read: what they do not show comes behind it.
  const since = cursor?.since ?? (await context.store.lastChange(permitted));
  return cursor === undefined || cursor.values.length > 0 ? allRows(since, { permitted, context }) : changesSince(since, { permitted, context });
}

interface Running {
  readonly permitted: DeltaPlan;
  readonly context: ExecuteContext;
}

async function allRows(since: number, running: Running): Promise<Outcome> {
  const { rows, next } = await running.context.store.list(running.permitted);
  const changes = rows.map((row) => ({ id: row.id, row }));
  return changed(changes, { values: next?.values ?? [], since }, next !== undefined, running);
}

async function changesSince(since: number, running: Running): Promise<Outcome> {
  const { permitted, context } = running;
  const found = await context.store.changes(permitted, since);
  if (found === undefined) throw outOfUse("The $deltatoken is of data that are not here any more", "$deltatoken", permitted.plan.start.fresh);
  return changed(found.changes, { values: [], since: found.upto }, found.more, running);
}

/** What was found, with the link that goes on: to the next page, or, on the last, to what will change. */
function changed(changes: readonly Change[], cursor: Cursor, more: boolean, { permitted, context }: Running): Outcome {
  const { plan, scope } = permitted;
  const sealed = sealPageToken(cursor, context.deltaTokenSeconds, { plan, scope, seal: context.seal, now: context.steady() });
  return { kind: "changes", changes, form: context.profile, link: { option: more ? "$skiptoken" : "$deltatoken", token: deltaToken(plan.query.text, sealed) } };
}
