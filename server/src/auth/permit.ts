import { andThen, type Awaitable } from "../base/awaitable.ts";
import { problem, Problem } from "../base/errors.ts";
import type { Seal } from "../base/sealed.ts";
import type { Place } from "../edm/model.ts";
import type { CollectionTarget, CountPlan, Cursor, DeltaPlan, EntityTarget, Expansion, HubReference, ListPlan, Query, RowPlan, Tracked } from "../plan/plan.ts";
import type { Caller } from "./caller.ts";
import { requireDirectoryRole } from "./directoryRoles.ts";
import type { Hub, HubDirectory } from "./hubDirectory.ts";
import { ownPlaces, ownRowsOf } from "./ownRows.ts";
import { freshStart, openPageToken } from "./pageToken.ts";
import { grant, type Granting, type Permitted, type Scope } from "./permitted.ts";
import { requireOneOf } from "./requireOneOf.ts";

/** What `permit` asks. */
export interface Gate {
  readonly directory: HubDirectory;
  readonly seal: Seal;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** The same, but never set anew. */
  readonly steady: () => number;
  /** `permissions` in SECGRAPH_FAITHFUL: refuse as the real service does. */
  readonly faithful: ReadonlySet<string>;
}

/**
 * The one place where a caller is given rights (T3): the permission that the place asks for the verb, then the
 * hub. Throws 403 `forbidden` naming what is missing (R174-R177), and 404 for a hub that the caller cannot
 * reach, worded as for one that never existed (R178).
 */
export function permit<P extends RowPlan>(asked: P, caller: Caller, gate: Gate): Awaitable<Permitted<P>> {
  const plan = withReadable(asked, { caller, gate });
  const target = rowsOf(plan);
  const access = isRead(plan) ? "read" : "write";
  const rights = plan.kind === "action" ? plan.operation.definition.writeRights : undefined;
  requireRight(target.place, rights === undefined ? access : "read", { caller, gate });
  if (rights !== undefined) requireOneOf(rights, caller);
  // Where the other end holds the value that both share, it is what is written.
  if (plan.kind === "link" && plan.link.reversed && plan.link.relation.columns !== undefined) requireRight(plan.link.to, "write", { caller, gate });
  const beside = "query" in plan ? placesBeside(plan.query) : none;
  const expanded =
    target.via === undefined && plan.kind !== "link" ? beside : [...placesAlong(target), ...(plan.kind === "link" ? [plan.link.to] : []), ...beside];
  for (const place of expanded) requireRight(place, "read", { caller, gate });
  const own = ownPlaces(target.place, access, { expanded, caller });
  if ("query" in plan && own.size > 0) requireNoneOfOthers(plan.query, own);
  const isOfParts = plan.kind === "delta" || plan.kind === "list" || plan.kind === "count";
  if (isOfParts && (plan.kind === "delta" || plan.parts !== undefined)) requireAllRows(plan, own, { caller, gate });
  return andThen(scopeOf(target.hub, caller, gate.directory), (scope) => {
    const cursor = cursorOf(plan, scope, gate);
    return grant({
      plan: ownRowsOf(plan, own, caller),
      caller,
      scope,
      own,
      cursor,
      parts: isOfParts ? partsOf(plan, { caller, scope, cursor }) : undefined,
    });
  });
}

/** What is aggregated, joined and computed cannot leave out the rows of others: it is for who may read them. Throws 403. */
function requireNoneOfOthers(query: Query, own: ReadonlySet<Place>): void {
  const refused = (what: string): Problem =>
    problem("forbidden", { what: `${what} for callers that may read all of them, not only those their application made.` });
  if (query.apply !== undefined && placesBeside(query).some((place) => own.has(place))) throw refused("$apply looks at related rows");
  if (query.crossjoin?.some(({ place }) => own.has(place)) === true) throw refused("Collections are joined");
  if (showsOthers(query, own)) throw refused("$compute and $select look at related rows");
}

/** True when values that are computed for the answer would look at rows of others. */
function showsOthers({ shaping, touches = none, expand }: Query, own: ReadonlySet<Place>): boolean {
  return (shaping !== undefined && touches.some((place) => own.has(place))) || expand.some(({ query }) => showsOthers(query, own));
}

/** A plan that may be over several collections. */
type OfParts = DeltaPlan | ListPlan | CountPlan;

/** Of a hub that is followed as a whole, the sets of which the caller may read all rows; any other plan as it is. */
function withReadable<P extends RowPlan>(plan: P, asking: Asking): P {
  if (plan.kind !== "delta" || plan.parts === undefined) return plan;
  const parts = plan.parts.filter(({ target: { place } }) => mayReadAll(place, asking));
  return parts.length === plan.parts.length ? plan : { ...plan, parts };
}

function mayReadAll(place: Place, asking: Asking): boolean {
  try {
    requireRight(place, "read", asking);
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
  return ownPlaces(place, "read", { expanded: none, caller: asking.caller }).size === 0;
}

/** Who follows changes must be allowed to read all that can change; and so who asks for `$all`. */
function requireAllRows({ kind, parts = [] }: OfParts, own: ReadonlySet<Place>, asking: Asking): void {
  for (const { target, query } of parts) for (const place of [target.place, ...placesBeside(query)]) requireRight(place, "read", asking);
  const isOwn = ({ target, query }: Tracked): boolean => ownPlaces(target.place, "read", { expanded: placesBeside(query), caller: asking.caller }).size > 0;
  if (own.size > 0 || parts.some(isOwn))
    throw problem("forbidden", {
      what: `${kind === "delta" ? "Changes are" : "$all is"} for callers that may read all rows, not only those their application made.`,
    });
}

/** The parts of a plan, each granted like a plan of its own; a cursor within the rows begins with the number of its part. */
function partsOf(
  plan: OfParts,
  { caller, scope, cursor }: Pick<Granting, "caller" | "scope" | "cursor">,
): readonly Permitted<DeltaPlan | ListPlan>[] | undefined {
  return plan.parts?.map(({ target, query }, index) => {
    const [at, ...values] = cursor?.values ?? [];
    const within = at === index && values.length > 0 ? { ...cursor, values } : undefined;
    const part: DeltaPlan | ListPlan = plan.kind === "delta" ? { kind: "delta", target, query, start: plan.start } : { kind: "list", target, query };
    return grant({ plan: part, caller, scope, own: new Set<Place>(), cursor: within });
  });
}

/** The collection or entity that a plan works on. */
export function rowsOf(plan: RowPlan): CollectionTarget | EntityTarget {
  return plan.kind === "property" || plan.kind === "setProperty" ? plan.target.entity : plan.target;
}

interface Asking {
  readonly caller: Caller;
  readonly gate: Gate;
}

function requireRight(place: Place, access: "read" | "write", { caller, gate }: Asking): void {
  requirePermission(place, access, caller);
  requireDirectoryRole(place, access, caller);
  if (gate.faithful.has("permissions")) requireApplication(place, caller);
}

const none: readonly Place[] = [];

/** The right to what a body says beside the plan's own place. Throws 403. */
export function requireAlso(place: Place, access: "read" | "write", { caller }: Permitted, faithful: ReadonlySet<string>): void {
  requirePermission(place, access, caller);
  requireDirectoryRole(place, access, caller);
  if (faithful.has("permissions")) requireApplication(place, caller);
}

/** What $expand and $apply reach is read, and so is what expressions look at: these places ask for their own permissions. */
function placesBeside({ expand, apply, crossjoin, touches = none }: Query): readonly Place[] {
  if (crossjoin !== undefined) return [...touches, ...crossjoin.flatMap(({ place, shown }) => [place, ...(shown === undefined ? none : placesBeside(shown))])];
  if (expand.length === 0 && apply === undefined) return touches;
  return [...touches, ...(apply?.places ?? none), ...expand.flatMap(({ place, query }: Expansion) => [place, ...placesBeside(query)])];
}

/** The places that a path of links begins at or passes through: who follows them reads there. */
function placesAlong({ via, place }: CollectionTarget | EntityTarget): readonly Place[] {
  if (via === undefined) return [];
  return [via.from.place, ...(place === via.link.to ? [] : [via.link.to]), ...placesAlong(via.from)];
}

/** The same plan, for the same caller and hub, once it is known where the links of its path lead: to rows of the very place that was permitted. */
export function alongLinks(permitted: Permitted, target: CollectionTarget | EntityTarget): Permitted {
  const { plan, caller, scope, own, cursor } = permitted;
  const before = rowsOf(plan);
  if (before.place !== target.place || before.kind !== target.kind) throw new Error("A permitted plan was given another place.");
  const followed = "entity" in plan.target ? { ...plan, target: { ...plan.target, entity: target } } : { ...plan, target };
  return grant({ plan: followed as RowPlan, caller, scope, own, cursor });
}

function isRead(plan: RowPlan): boolean {
  return plan.kind === "list" || plan.kind === "delta" || plan.kind === "count" || plan.kind === "get" || plan.kind === "property" || plan.kind === "media";
}

function requirePermission(place: Place, access: "read" | "write", caller: Caller): void {
  requireOneOf(place.permissions[access], caller);
}

/** R176: the real service takes actions from applications alone. */
function requireApplication(place: Place, caller: Caller): void {
  const isAction = place.permissions.write.some((permission) => permission.startsWith("SecurityActions."));
  if (isAction && caller.kind === "delegated") {
    throw problem("forbidden", { what: "Delegated permissions are not supported on this resource." });
  }
}

function scopeOf(reference: HubReference, caller: Caller, directory: HubDirectory): Awaitable<Scope> {
  switch (reference.kind) {
    case "fleet":
      return { kind: "fleet", tenant: caller.tenant };
    case "home":
      return andThen(directory.home(caller.tenant), inHub);
    case "named":
      return andThen(directory.reachable(caller.tenant, reference.id), (hub) => {
        if (hub === undefined) throw notFound(reference.id);
        return inHub(hub);
      });
  }
}

function inHub(hub: Hub): Scope {
  return { kind: "hub", hub };
}

/** The 404 of an id, the same whether it never existed or belongs to somebody else. */
export function notFound(id: string): Problem {
  return problem("notFound", { what: id === "" ? "There is no object here." : `There is no object with the id '${id.slice(0, 200)}' here.` });
}

function cursorOf(plan: RowPlan, scope: Scope, gate: Gate): Cursor | undefined {
  if (plan.kind === "delta") return deltaCursorOf(plan, scope, gate);
  if (plan.kind !== "list" || plan.query.skiptoken === undefined) return undefined;
  return openPageToken(plan.query.skiptoken, { plan, scope, seal: gate.seal, now: gate.steady() });
}

/** Where a delta link goes on; one that is too old says where to start anew (R46, R139). */
function deltaCursorOf(plan: DeltaPlan, scope: Scope, gate: Gate): Cursor | undefined {
  const { at, links } = plan.start;
  if (typeof at === "string") return undefined;
  return openPageToken(at.token, { plan, scope, seal: gate.seal, now: gate.steady(), fresh: freshStart(links), option: at.option });
}
