import { LRUCache } from "lru-cache";
import type { Place } from "../edm/model.ts";
import { mapTyped } from "../plan/mapTyped.ts";
import type { Expansion, Query, RowPlan } from "../plan/plan.ts";
import type { Typed } from "../plan/typed.ts";
import type { Caller } from "./caller.ts";

/** What a plan reaches beside its own place, and for whom. */
interface Reached {
  readonly expanded: readonly Place[];
  readonly caller: Caller;
}

const none: ReadonlySet<Place> = new Set();

/** The places, of those that a plan works on or passes through, whose rows the caller reaches only where its application made them. */
export function ownPlaces(place: Place, access: "read" | "write", { expanded, caller }: Reached): ReadonlySet<Place> {
  const found = [...ownablePlacesTo(place).filter((one) => isOwnOnly(one, access, caller)), ...expanded.filter((one) => isOwnOnly(one, "read", caller))];
  return found.length === 0 ? none : new Set(found);
}

const ownable = new WeakMap<Place, readonly Place[]>();

/** Of a place and all that contain it those that have permissions for own rows: of most there are none. */
function ownablePlacesTo(place: Place): readonly Place[] {
  let found = ownable.get(place);
  if (found === undefined) {
    const above = place.parent === undefined ? [] : ownablePlacesTo(place.parent);
    ownable.set(place, (found = place.permissions.own === undefined ? above : [...above, place]));
  }
  return found;
}

/** True when nothing but a permission for own rows gives the caller this access to a place. */
function isOwnOnly({ permissions }: Place, access: "read" | "write", caller: Caller): boolean {
  const { own = [] } = permissions;
  return own.length > 0 && !permissions[access].some((one) => caller.permissions.has(one) && !own.includes(one));
}

/** The plan as it may run: its lists and counts of such places, expanded ones too, keep only rows of the caller's application. */
export function ownRowsOf<P extends RowPlan>(plan: P, own: ReadonlySet<Place>, caller: Caller): P {
  if (own.size === 0 || !("query" in plan)) return plan;
  return { ...plan, query: narrowed(plan.query, plan.target.place, { own, appId: caller.appId }) };
}

interface Owned {
  readonly own: ReadonlySet<Place>;
  readonly appId: string;
}

/** What is compiled for a query is kept with it, so the narrowed one is made once for each application. */
const kept = new WeakMap<Query, LRUCache<string, Query>>();

function narrowed(query: Query, place: Place, owned: Owned): Query {
  const key = JSON.stringify([owned.appId, ...[...owned.own].map(({ path }) => path)]);
  let ofQuery = kept.get(query);
  if (ofQuery === undefined) kept.set(query, (ofQuery = new LRUCache({ max: 100 })));
  let found = ofQuery.get(key);
  if (found === undefined) ofQuery.set(key, (found = narrow(query, place, owned)));
  return found;
}

function narrow(query: Query, place: Place, owned: Owned): Query {
  const expand = query.expand.map((one): Expansion => ({ ...one, query: narrow(one.query, one.place, owned) }));
  const within = (typed: Typed): Typed => (query.touches === undefined ? typed : mapTyped(typed, (one) => narrowRows(one, owned)));
  const orderby = query.orderby.map((item) => ({ ...item, expression: within(item.expression) }));
  const asked = query.filter === undefined ? undefined : within(query.filter);
  const own = owned.own.has(place) ? isOwnedBy(place, owned.appId, 0) : undefined;
  const filter = asked === undefined ? own : own === undefined ? asked : both(asked, own);
  return { ...query, orderby, expand, ...(filter === undefined ? {} : { filter }) };
}

function both(left: Typed, right: Typed): Typed {
  return { kind: "binary", type: "boolean", operator: "and", left, right };
}

/** What an expression looks at of such a place are the rows of the caller's application, too. */
function narrowRows(typed: Typed, { own, appId }: Owned): Typed {
  if (typed.kind !== "any" && typed.kind !== "all" && typed.kind !== "count" && typed.kind !== "related") return typed;
  const { source, level } = typed;
  if (!("place" in source) || !own.has(source.place)) return typed;
  const isOwn = isOwnedBy(source.place, appId, level);
  if (typed.kind === "related") {
    return { kind: "case", type: typed.type, branches: [{ when: { kind: "any", type: "boolean", source, level, predicate: isOwn }, gives: typed }] };
  }
  const { predicate } = typed;
  if (typed.kind !== "all") return { ...typed, predicate: predicate === undefined ? isOwn : both(isOwn, predicate) };
  const isOther: Typed = { kind: "not", type: "boolean", operand: isOwn };
  return { ...typed, predicate: predicate === undefined ? isOther : { kind: "binary", type: "boolean", operator: "or", left: isOther, right: predicate } };
}

function isOwnedBy({ type, definition: { owner = "" } }: Place, appId: string, level: number): Typed {
  const property = type.allProperties.find(({ name }) => name === owner)!;
  const path = { origin: { level }, steps: [owner], property, dynamic: false, type: "string" } as const;
  return {
    kind: "binary",
    type: "boolean",
    operator: "eq",
    left: { kind: "path", type: "string", path },
    right: { kind: "literal", type: "string", value: appId },
  };
}
