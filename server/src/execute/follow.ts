import { alongLinks, notFound, rowsOf } from "../auth/permit.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { Awaitable } from "../base/awaitable.ts";
import type { EntityType } from "../edm/types.ts";
import type { CollectionTarget, EntityTarget, Via } from "../plan/plan.ts";
import type { ExecuteContext } from "./context.ts";

/**
 * Follows the links of a plan's path (OData URL Conventions 4.2, 4.3): what comes back is about the rows where they lie, so that answers
 * speak of those. Undefined for a read of a single navigation property that leads to nothing, which is 204. Throws 404.
 */
export function follow(permitted: Permitted, context: ExecuteContext): Awaitable<Permitted | undefined> {
  const target = rowsOf(permitted.plan);
  return target.via === undefined ? permitted : followed(permitted, target, context);
}

async function followed(permitted: Permitted, target: CollectionTarget | EntityTarget, context: ExecuteContext): Promise<Permitted | undefined> {
  const following: Following = { permitted, context };
  if (target.kind === "collection" && target.via?.link.to === target.place) {
    const { via } = await step(target.via, following);
    return alongLinks(permitted, { ...target, via });
  }
  const end = await endOf(target, following);
  if (end !== undefined) return alongLinks(permitted, end);
  const { kind } = permitted.plan;
  if (kind === "get" && target.place === target.via?.link.to && target.via.key === undefined) return undefined;
  throw notFound(target.via?.key ?? target.via?.link.navigation.name ?? "");
}

interface Following {
  readonly permitted: Permitted;
  readonly context: ExecuteContext;
}

/** The target where it lies; undefined where its last link leads to nothing. */
async function endOf<T extends CollectionTarget | EntityTarget>(target: T, following: Following): Promise<T | undefined> {
  if (target.via === undefined) return target;
  const { via, id } = await step(target.via, following);
  if (id === undefined) return undefined;
  // What is contained is found by an alternate key below rows of which each may be found by one.
  const above = via.alternate === undefined ? [] : via.from.parents;
  if (target.place === via.link.to) return { ...target, ...(via.alternate !== undefined && { parents: above }), key: id, via };
  const parents = via.link.to.kind === "set" ? [...above, id, ...target.parents.slice(above.length + 1)] : target.parents;
  return { ...target, parents, via };
}

/** One link, from where it starts. Throws 404 where nothing is there, or what is there has no such property. */
async function step(via: Via, following: Following): Promise<{ readonly via: Via; readonly id?: string }> {
  const { permitted, context } = following;
  const from = await endOf<EntityTarget>(via.from, following);
  if (from === undefined) throw notFound(via.from.via?.key ?? via.from.via?.link.navigation.name ?? "");
  const found = await context.store.follow(permitted, { ...via, from });
  if (found === undefined || !isOf(found.type, from.cast) || !isOf(found.type, via.link.declaredBy)) throw notFound(from.key);
  return { via: { ...via, from }, ...(found.id !== undefined && { id: found.id }) };
}

/** Whether a row is of a type, where one is asked for: that of a cast, or the derived one that has the navigation property. */
function isOf(name: string, type: EntityType | undefined): boolean {
  return type === undefined || [type, ...type.derived].some((one) => one.name === name);
}
