import type { Permitted, Scope } from "../auth/permitted.ts";
import { sealPageToken } from "../auth/pageToken.ts";
import type { CollectionTarget, EntityTarget, Expansion, Plan, Query, RowPlan } from "../plan/plan.ts";
import { viaOf } from "../plan/resolvePath.ts";
import { withoutOuter } from "../plan/withoutOuter.ts";
import type { Page, Row } from "../store/store.ts";
import type { ExecuteContext } from "./context.ts";

/** The options with the sealed token of each expanded page that goes on, by that page (R57): what follows `?` in the expanded collection's own URL. */
export type PageTokens = ReadonlyMap<Page, string>;

/** Seals the tokens of everything that was expanded below these rows. */
export function expandedTokens(rows: readonly Row[], expand: readonly Expansion[], permitted: Permitted, context: ExecuteContext): PageTokens {
  const tokens = new Map<Page, string>();
  for (const row of rows) for (const expansion of expand) sealInto(tokens, { row, expansion, outer: row }, { permitted, context });
  return tokens;
}

interface Expanded {
  readonly row: Row;
  readonly expansion: Expansion;
  /** The row of the path, below which all of it lies. */
  readonly outer: Row;
}

function sealInto(
  tokens: Map<Page, string>,
  { row, expansion, outer }: Expanded,
  running: { readonly permitted: Permitted; readonly context: ExecuteContext },
): void {
  const page = row.expanded?.get(expansion.key);
  if (page === undefined) return;
  const { query } = expansion;
  const { context, permitted } = running;
  for (const child of page.rows) for (const one of query.expand) sealInto(tokens, { row: child, expansion: one, outer }, running);
  if (page.next === undefined) return;
  const target = targetOf(row, expansion);
  const plan: Extract<Plan, { kind: "list" }> = { kind: "list", target, query: { ...query, text: ownText(query, outer, permitted.plan) } };
  const sealing = { plan, scope: scopeOf(row, permitted.scope), seal: context.seal, now: context.steady() };
  const token = sealPageToken(page.next, context.pageTokenSeconds, sealing);
  const { text } = plan.query;
  tokens.set(page, `${text === "" ? "" : `${text}&`}$skiptoken=${token}`);
}

/** Options of an expansion as its own URL has them, where `$it` would be another row. */
function ownText(query: Query, { parents, id, part }: Row, plan: RowPlan): string {
  const { place } = part === undefined || plan.kind !== "list" ? targetOfPlan(plan) : plan.parts![part]!.target;
  return withoutOuter(query, { place, parents, id });
}

/** The collection or row that a plan is about. */
function targetOfPlan({ target }: RowPlan): CollectionTarget | EntityTarget {
  return "entity" in target ? target.entity : target;
}

/** The collection by its own URL. */
function targetOf({ parents, id }: Row, { place, cast, link }: Expansion): CollectionTarget {
  const shared = { kind: "collection", place, hub: { kind: "home" }, ...(cast === undefined ? {} : { cast }) } as const;
  if (link === undefined) return { ...shared, parents: [...parents, id].slice(0, place.depth) };
  const from: EntityTarget = { kind: "entity", place: link.from, hub: { kind: "home" }, parents, key: link.from.kind === "singleton" ? "" : id };
  return { ...shared, parents: [], via: viaOf(from, link) };
}

/** The scope in which the expanded collection will be read on: the hub of the row. */
function scopeOf(row: Row, scope: Scope): Scope {
  return scope.kind === "hub" ? scope : { kind: "hub", hub: { id: row.hub, real: true, settings: { uniqueKeys: false } } };
}
