import { problem } from "../base/errors.ts";
import type { Seal } from "../base/sealed.ts";
import type { Cursor, RowPlan } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Scope } from "./permitted.ts";

type ListPlan = Extract<RowPlan, { readonly kind: "list" }>;

interface TokenContext {
  readonly plan: ListPlan;
  readonly scope: Scope;
  readonly seal: Seal;
  /** Milliseconds since 1970, by a clock that is never set anew. */
  readonly now: number;
}

/** A bigint is kept as text behind this mark. */
type Kept = string | number | null | { readonly n: string };

interface TokenText {
  readonly until: number;
  readonly values: readonly Kept[];
  readonly remaining?: number;
}

/** What a page token is bound to (R75): hub, path, parents, cast and the options in canonical text. */
function contextOf(plan: ListPlan, scope: Scope): string {
  const { place, parents, cast } = plan.target;
  const hub = scope.kind === "hub" ? scope.hub.id : `fleet of ${scope.tenant}`;
  return JSON.stringify([hub, place.path, parents, cast?.name ?? "", plan.query.text]);
}

/** Seals the cursor of the next page for so many seconds. */
export function sealPageToken(cursor: Cursor, seconds: number, context: TokenContext): string {
  const values = cursor.values.map((value): Kept => (typeof value === "bigint" ? { n: String(value) } : value));
  const text: TokenText = {
    until: context.now + seconds * 1000,
    values,
    ...(cursor.remaining === undefined ? {} : { remaining: cursor.remaining }),
  };
  return context.seal.seal(JSON.stringify(text), contextOf(context.plan, context.scope));
}

/** Opens a page token. Throws 400 for one that was altered or belongs to other options or another hub, 410 for one that is too old. */
export function openPageToken(token: string, context: TokenContext): Cursor {
  const opened = context.seal.open(token, contextOf(context.plan, context.scope));
  if (opened === undefined) {
    throw problem("badRequest", { what: "The $skiptoken is not valid for this request: follow @odata.nextLink unchanged." }, { target: "$skiptoken" });
  }
  const { until, values, remaining } = JSON.parse(opened) as TokenText;
  if (until < context.now) {
    throw problem("gone", { what: "The $skiptoken has expired: start again from the first page." }, { target: "$skiptoken" });
  }
  const scalars = values.map((value): Scalar => (typeof value === "object" && value !== null ? BigInt(value.n) : value));
  return { values: scalars, ...(remaining === undefined ? {} : { remaining }) };
}
