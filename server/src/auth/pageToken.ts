import { problem, type Problem } from "../base/errors.ts";
import type { Seal } from "../base/sealed.ts";
import type { Cursor, RowPlan } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Scope } from "./permitted.ts";

type PagedPlan = Extract<RowPlan, { readonly kind: "list" | "delta" }>;

interface TokenContext {
  readonly plan: PagedPlan;
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
  readonly since?: number;
  /** Of a hub that is followed as a whole, the sets that the caller could read. */
  readonly sets?: readonly string[];
}

/** What a page token is bound to (R75): hub, path with its filters, parents, cast and the options in canonical text. */
function contextOf(plan: PagedPlan, scope: Scope): string {
  const { place, parents, cast, via } = plan.target;
  const hub = scope.kind === "hub" ? scope.hub.id : `fleet of ${scope.tenant}`;
  const way = via === undefined ? [place.path, parents] : [place.path, via.path];
  return JSON.stringify([hub, ...way, cast?.name ?? "", plan.query.text, plan.query.within ?? [], plan.kind, ...partsOf(plan)]);
}

/** Of `$all` the sets that it had: another version of the model may have others. */
function partsOf(plan: PagedPlan): readonly string[] {
  if (plan.kind === "delta") return plan.parts === undefined ? [] : ["whole"];
  const type = plan.type === undefined ? [] : [plan.type.name];
  return [...type, ...setsOf(plan)];
}

function setsOf({ parts = [] }: PagedPlan): readonly string[] {
  return parts.map(({ target }) => target.place.path);
}

/** Seals the cursor of the next page for so many seconds. */
export function sealPageToken(cursor: Cursor, seconds: number, context: TokenContext): string {
  const values = cursor.values.map((value): Kept => (typeof value === "bigint" ? { n: String(value) } : value));
  const text: TokenText = {
    until: context.now + seconds * 1000,
    values,
    ...(cursor.remaining === undefined ? {} : { remaining: cursor.remaining }),
    ...(cursor.since === undefined ? {} : { since: cursor.since }),
    ...(context.plan.kind === "delta" && context.plan.parts !== undefined && { sets: setsOf(context.plan) }),
  };
  return context.seal.seal(JSON.stringify(text), contextOf(context.plan, context.scope));
}

/** How a token came, and where its reader starts anew. */
interface Opening extends TokenContext {
  readonly option?: "$skiptoken" | "$deltatoken";
  readonly fresh?: string;
}

/** Opens a page token. Throws 400 for one that was altered or belongs to other options or another hub, 410 for one that is too old, or of other sets than the caller can read now. */
export function openPageToken(token: string, { option = "$skiptoken", fresh, ...context }: Opening): Cursor {
  const opened = context.seal.open(token, contextOf(context.plan, context.scope));
  if (opened === undefined) {
    const link = option === "$skiptoken" ? "@odata.nextLink" : "@odata.deltaLink";
    throw problem("badRequest", { what: `The ${option} is not valid for this request: follow ${link} unchanged.` }, { target: option });
  }
  const { until, values, remaining, since, sets } = JSON.parse(opened) as TokenText;
  if (until < context.now) throw outOfUse(`The ${option} has expired`, option, fresh);
  if (sets !== undefined && sets.join() !== setsOf(context.plan).join()) throw outOfUse(`The ${option} is of other sets than may be read now`, option, fresh);
  const scalars = values.map((value): Scalar => (typeof value === "object" && value !== null ? BigInt(value.n) : value));
  return { values: scalars, ...(remaining === undefined ? {} : { remaining }), ...(since === undefined ? {} : { since }) };
}

/** The URL that starts change tracking anew (R139). */
export function freshStart(links: string): string {
  return `${links}?$deltatoken=`;
}

/** 410 for a token that cannot be served any more (R46, R139). */
export function outOfUse(why: string, option: string, fresh: string | undefined): Problem {
  const headers = fresh === undefined ? {} : { headers: { Location: fresh } };
  return problem("gone", { what: `${why}: start again from the first page.` }, { target: option, ...headers });
}
