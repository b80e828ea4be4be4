import { freshStart, outOfUse, sealPageToken } from "../auth/pageToken.ts";
import type { Permitted } from "../auth/permitted.ts";
import { deltaToken } from "../plan/deltaLink.ts";
import type { Cursor, DeltaPlan } from "../plan/plan.ts";
import type { Change } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import type { Outcome } from "./outcome.ts";
import { requireKnownNames, requireParents } from "./read.ts";

type Followed = Permitted<DeltaPlan>;

/**
 * Change tracking of a collection (R132-R141): first all rows in pages, in the order of their keys, then, from link to link,
 * what changed since the first page was read. Whatever changes meanwhile comes with the changes, so nothing is missed; a row may come twice.
 */
export async function delta(permitted: Followed, context: ExecuteContext): Promise<Outcome> {
  const { plan, cursor } = permitted;
  await requireParents(permitted, plan.target, context);
  await requireKnownNames(permitted, plan.target, plan.query, context);
  if (plan.start.at === "now") return changed([], { values: [], since: await context.store.lastChange(permitted) }, false, { permitted, context, isLog: true });
  // Asked before the rows are read: what they do not show comes behind it.
  const since = cursor?.since ?? (await context.store.lastChange(permitted));
  if (cursor !== undefined && cursor.values.length === 0) return changesSince(since, { permitted, context });
  return permitted.parts === undefined ? allRows(since, { permitted, context }) : rowsOfParts(since, permitted.parts, { permitted, context });
}

interface Running {
  readonly permitted: Followed;
  readonly context: ExecuteContext;
  /** What is given are changes, not rows as a list has them. */
  readonly isLog?: boolean;
}

async function allRows(since: number, running: Running): Promise<Outcome> {
  const { rows, next } = await running.context.store.list(running.permitted);
  const changes = rows.map((row) => ({ id: row.id, row }));
  return changed(changes, { values: next?.values ?? [], since }, next !== undefined, running);
}

/** A page of one part of a hub: of the first that has rows, from where the cursor stands. Its values begin with the number of the part. */
async function rowsOfParts(since: number, parts: Permitted["parts"] & {}, running: Running): Promise<Outcome> {
  const first = Number(running.permitted.cursor?.values[0] ?? 0);
  for (const [part, one] of parts.entries()) {
    if (part < first) continue;
    const { rows, next } = await running.context.store.list(one);
    if (rows.length === 0) continue;
    const changes = rows.map((row) => ({ id: row.id, row, part }));
    const values = next === undefined ? (part + 1 < parts.length ? [part + 1] : []) : [part, ...next.values];
    return changed(changes, { values, since }, values.length > 0, running);
  }
  return changed([], { values: [], since }, false, running);
}

async function changesSince(since: number, running: Running): Promise<Outcome> {
  const { permitted, context } = running;
  const found = await context.store.changes(permitted, since);
  if (found === undefined) throw outOfUse("The $deltatoken is of data that are not here any more", "$deltatoken", freshStart(permitted.plan.start.links));
  return changed(found.changes, { values: [], since: found.upto }, found.more, { ...running, isLog: true });
}

/** What was found, with the link that goes on: to the next page, or, on the last, to what will change. */
function changed(changes: readonly Change[], cursor: Cursor, more: boolean, { permitted, context, isLog = false }: Running): Outcome {
  const { plan, scope } = permitted;
  const sealed = sealPageToken(cursor, context.deltaTokenSeconds, { plan, scope, seal: context.seal, now: context.steady() });
  const form = context.profile === "odata" && isLog ? "odata" : "graph";
  return { kind: "changes", changes, form, link: { option: more ? "$skiptoken" : "$deltatoken", token: deltaToken(plan.query.text, sealed) } };
}
