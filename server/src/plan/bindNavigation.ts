import { findLink } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { EntityType } from "../edm/types.ts";
import type { CallStep, NameStep, PathStep } from "../odata/expression.ts";
import type { Segment } from "../odata/options.ts";
import type { CollectionTarget, EntityTarget } from "./plan.ts";
import { findChild, resolvePath, type Target } from "./resolvePath.ts";
import { bindProblem, type Scope } from "./scope.ts";
import type { RowsPath } from "./typed.ts";
import { later, type Walk } from "./walk.ts";

interface Led {
  readonly rows: RowsPath;
  readonly many: boolean;
}

/** The rows that a navigation property leads to, and whether they are many; undefined when the name is none. Throws 501 for one that leads nowhere here. */
export function navigate(walk: Walk, segment: NameStep, scope: Scope): Led | undefined {
  const { place, type } = walk;
  if (type.kind === "complex") return within(walk, segment, scope);
  if (place === undefined || walk.steps.length > 0 || walk.dynamic) return undefined;
  const lower = segment.name.toLowerCase();
  const navigation = [type, ...type.derived].flatMap((one) => one.allNavigation).find(({ name }) => name.toLowerCase() === lower);
  if (navigation === undefined) return undefined;
  const origin = { level: walk.level };
  const cast = walk.cast ?? (type === place.type ? undefined : type);
  const child = findChild(place, cast, navigation.name);
  if (child !== undefined && child.definition.virtual !== true) return touched({ rows: { origin, place: child }, many: navigation.collection }, segment, scope);
  const link = findLink(scope.model, { place, cast }, navigation.name);
  if (link === undefined) throw later(scope, segment.at, `the navigation property '${navigation.name}'`);
  return touched({ rows: { origin, place: link.to, link }, many: navigation.collection }, segment, scope);
}

/** From a complex value of a row. */
function within({ place, cast, steps, property, casts, dynamic, level }: Walk, segment: NameStep, scope: Scope): Led | undefined {
  if (place === undefined || dynamic || casts !== undefined || property?.collection !== false) return undefined;
  const link = findLink(scope.model, { place, cast }, [...steps, segment.name].join("/"));
  if (link === undefined) return undefined;
  return touched({ rows: { origin: { level }, place: link.to, link }, many: link.navigation.collection }, segment, scope);
}

function touched<T extends { readonly rows: RowsPath }>(found: T, { at }: { readonly at: number }, scope: Scope): T {
  scope.touch(found.rows.place, at);
  return found;
}

/** What a path from the root comes to before it goes on within rows. */
export interface Rooted {
  readonly rows: RowsPath;
  readonly many: boolean;
  readonly rest: readonly PathStep[];
}

/** `$root/...`: the rows that the path names, in the hub of the row (OData 4.01 URL Conventions 5.1.1.14.2). Throws for what is there in no hub of this service, and for other hubs by name. */
export function fromRoot(steps: readonly PathStep[], scope: Scope): Rooted {
  const end = steps.findIndex((step) => step.kind !== "name" && (step.kind !== "call" || step.name.startsWith("$")));
  const names = (end < 0 ? steps : steps.slice(0, end)) as readonly (NameStep | CallStep)[];
  const target = resolvePath(scope.model, names.map(segmentOf), scope.aliases);
  const [first] = names;
  if (first === undefined) throw bindProblem(scope, 0, "expected a path behind $root");
  const found = rowsOf(target, first, scope);
  const place = found.rows.place;
  if (place.definition.virtual === true) throw bindProblem(scope, first.at, `'${place.name}' has no properties to be compared`);
  const after = names.slice(names.length - found.left);
  return touched({ ...found, rest: [...after, ...(end < 0 ? [] : steps.slice(end))] }, first, scope);
}

function segmentOf(step: NameStep | CallStep): Segment {
  const { name, at } = step;
  return step.kind === "name" ? { name, raw: name, at } : { name, raw: name, at, arguments: step.parameters };
}

function rowsOf(target: Target, { at }: { readonly at: number }, scope: Scope): { readonly rows: RowsPath; readonly many: boolean; readonly left: number } {
  const entity = target.kind === "property" ? target.of.entity : target.kind === "entity" || target.kind === "collection" ? target : undefined;
  if (entity === undefined) throw bindProblem(scope, at, "$root leads to rows and their properties alone");
  if (entity.hub.kind !== "home") throw bindProblem(scope, at, "$root leads to what lies in the row's own hub");
  if (isByAlternateKey(entity)) throw bindProblem(scope, at, "behind $root rows are named by their own key, not by an alternate one");
  const { place, parents, cast } = entity;
  const key = entity.kind === "entity" && entity.key !== "" ? { key: entity.key } : {};
  const rows: RowsPath = { origin: { level: 0 }, place, at: { parents, ...key }, ...(cast === undefined ? {} : { cast }) };
  return { rows, many: target.kind === "collection", left: target.kind === "property" ? target.of.steps.length : 0 };
}

function isByAlternateKey({ via }: CollectionTarget | EntityTarget): boolean {
  return via !== undefined && (via.alternate !== undefined || isByAlternateKey(via.from));
}

/** The walk among rows that a navigation has led to, as level says. */
export function among({ place, cast }: RowsPath, level: number): Walk {
  const type: EntityType = cast ?? place.type;
  return { level, type, steps: [], dynamic: false, place };
}

/** Which place a variable or row lies in, when that is another than the query's. */
export function otherPlace(walk: Walk, scope: Scope): Place | undefined {
  return walk.place === scope.place ? undefined : walk.place;
}
