import { sealPageToken } from "../auth/pageToken.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { Cursor, ListPlan } from "../plan/plan.ts";
import type { Page } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";
import { expandedTokens } from "./expandedTokens.ts";
import type { Outcome } from "./outcome.ts";
import { countOfParts } from "./read.ts";

/**
 * A page of `$all` (OData URL Conventions 4.16): rows of one set, of the first from where the cursor stands that has any; the sets follow one another in the
 * order of the model, unless the plan has them merged. The values of a cursor begin with the number of the set.
 */
export async function listAll(permitted: Permitted<ListPlan>, context: ExecuteContext): Promise<Outcome> {
  const { plan, cursor } = permitted;
  const parts = permitted.parts as readonly Permitted<ListPlan>[];
  const counted = plan.query.count ? { count: await countOfParts(parts, context) } : {};
  if (plan.merged !== undefined) return listMerged(permitted, counted, context);
  const first = Number(cursor?.values[0] ?? 0);
  const left = cursor === undefined ? plan.query.top : cursor.remaining;
  for (const [part, one] of parts.entries()) {
    if (part < first || left === 0) continue;
    const found = await context.store.list(one);
    const rows = found.rows.slice(0, left);
    if (rows.length === 0) continue;
    const page: Page = { rows, ...counted };
    const expanded = expandedTokens(rows, one.plan.query.expand, one, context);
    const next = behind({ part, parts: parts.length, next: found.next }, left === undefined ? undefined : left - rows.length);
    return { kind: "page", page, part, expanded, ...(next === undefined ? {} : { nextToken: tokenOf(next, permitted, context) }) };
  }
  return { kind: "page", page: { rows: [], ...counted }, part: 0 };
}

/** All rows in one order: each tells its part. */
async function listMerged(permitted: Permitted<ListPlan>, counted: Pick<Page, "count">, context: ExecuteContext): Promise<Outcome> {
  const { rows, next } = await context.store.list(permitted);
  const tokens = permitted.plan.parts!.flatMap(({ query }, part) => {
    const own = rows.filter((row) => row.part === part);
    return [...expandedTokens(own, query.expand, permitted, context)];
  });
  const token = next === undefined ? {} : { nextToken: tokenOf(next, permitted, context) };
  return { kind: "page", page: { rows, ...counted }, part: 0, expanded: new Map(tokens), ...token };
}

interface Read {
  readonly part: number;
  readonly parts: number;
  readonly next: Cursor | undefined;
}

/** Where the next page begins: within the set, or at the next one. */
function behind({ part, parts, next }: Read, left: number | undefined): Cursor | undefined {
  if (left === 0 || (next === undefined && part + 1 === parts)) return undefined;
  return { values: next === undefined ? [part + 1] : [part, ...next.values], ...(left === undefined ? {} : { remaining: left }) };
}

function tokenOf(next: Cursor, { plan, scope }: Permitted<ListPlan>, { seal, steady, pageTokenSeconds }: ExecuteContext): string {
  return sealPageToken(next, pageTokenSeconds, { plan, scope, seal, now: steady() });
}
