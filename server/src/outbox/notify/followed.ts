import type { Awaitable } from "../../base/awaitable.ts";
import { problem } from "../../base/errors.ts";
import type { Caller } from "../../auth/caller.ts";
import { permit, type Gate } from "../../auth/permit.ts";
import type { Permitted } from "../../auth/permitted.ts";
import type { CollectionTarget, Plan, Query } from "../../plan/plan.ts";

/** What a request for a path and its options would be: the planner of the App. */
export interface PlannedPath {
  readonly plan: Plan;
  /** Names of the system query options that the path carries, without `$`. */
  readonly options: readonly string[];
}
export type PlanPath = (path: string) => PlannedPath;

type DeltaPlan = Extract<Plan, { readonly kind: "delta" }>;

/** A resource that a subscription follows, as the subscriber may read it. */
export interface Followed {
  readonly permitted: Permitted<DeltaPlan>;
  /** Of a collection this entity alone. */
  readonly id?: string;
  /** The path of the collection, as notifications name it. */
  readonly path: string;
}

/** Changes that are read at once. */
const portion = 100;
const served = new Set(["filter", "select"]);

/**
 * Binds the resource of a subscription: a collection, or one entity of it, with `$filter` and `$select` (R143, R163). Throws a Problem for what
 * cannot be followed, and as `permit` does for what the caller cannot read.
 */
export function followed(resource: string, caller: Caller, { planPath, gate }: { readonly planPath: PlanPath; readonly gate: Gate }): Awaitable<Followed> {
  const { plan, options } = planPath(resource);
  const other = options.find((name) => !served.has(name));
  if (other !== undefined) throw notFollowed(`the option '$${other}' is not taken here, only $filter and $select`);
  if (plan.kind !== "list" && plan.kind !== "get") throw notFollowed("it is neither a collection nor an entity");
  if (plan.kind === "list" && (plan.parts !== undefined || plan.query.crossjoin !== undefined)) throw notFollowed("it is more than one collection");
  const { target } = plan;
  if (target.via !== undefined || target.hub.kind === "fleet" || target.place.kind !== "set")
    throw notFollowed("it is not a collection of a hub, nor an entity of one");
  if (target.place.definition.journal === true) throw notFollowed("nobody is told of the audit trail");
  const id = target.kind === "entity" ? target.key : undefined;
  if (id !== undefined && options.includes("filter")) throw notFollowed("an entity has no $filter");
  const { place, hub, parents, cast } = target;
  const collection: CollectionTarget = { kind: "collection", place, hub, parents, ...(cast === undefined ? {} : { cast }) };
  const delta: DeltaPlan = { kind: "delta", target: collection, query: inPortions(plan.query), start: { at: "now", links: "" } };
  const granted = permit(delta, caller, gate);
  const whole = (permitted: Permitted<DeltaPlan>): Followed => ({ permitted, path: pathOf(resource, id), ...(id === undefined ? {} : { id }) });
  return granted instanceof Promise ? granted.then(whole) : whole(granted);
}

function inPortions(query: Query): Query {
  return { ...query, expand: [], count: false, skip: 0, pageSize: portion };
}

function notFollowed(why: string): Error {
  return problem(
    "badRequest",
    { what: `Property 'resource': expected a path such as 'security/alerts' or 'security/alerts/{id}'; ${why}.` },
    { target: "resource" },
  );
}

/** Without the options, and without the key of a single entity. */
function pathOf(resource: string, id: string | undefined): string {
  const path = resource.split("?", 1)[0]!.replaceAll(/^\/+|\/+$/g, "");
  return id === undefined ? path : path.replace(/(?:\/[^/()]+|\([^()]*\))$/, "");
}
