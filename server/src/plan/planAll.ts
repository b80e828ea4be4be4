import { problem, type Problem } from "../base/errors.ts";
import type { Model, Place } from "../edm/model.ts";
import { isSearchable } from "../edm/searchable.ts";
import type { EntityType } from "../edm/types.ts";
import type { OptionName, Segment } from "../odata/options.ts";
import type { ODataRequest } from "../odata/request.ts";
import { bindQuery } from "./bindQuery.ts";
import { methodNotAllowed } from "./methods.ts";
import { requireLegal } from "./optionLegality.ts";
import type { CollectionTarget, Plan, Query } from "./plan.ts";
import type { PlannerSettings } from "./makePlan.ts";
import { laterSegment } from "./resolvePath.ts";
import { trackedSets } from "./trackedSets.ts";

/** What planning `$all` needs beside the request. */
export interface Addressing {
  readonly model: Model;
  readonly settings: Pick<PlannerSettings, "budgets" | "profile">;
  /** Queries bound before, by a text of what they were bound from. */
  readonly kept: { readonly get: (key: string) => Query | undefined; readonly set: (key: string, query: Query) => unknown };
}

/**
 * The plan of `$all` and `$all/ns.Type` (OData 4.01 URL Conventions 4.16): a list whose parts are the entity sets and the singletons, one after another and each in the order of
 * its key unless `$orderby` or `$skip` make one list of them; with hubs those of the caller's own. `/$count` and `/$ref` may stand behind it. Undefined for any other path. Throws 501 in the graph profile and for what is not served of it, 405 and 400.
 */
export function planAll(request: ODataRequest, addressing: Addressing): Plan | undefined {
  const { model, settings } = addressing;
  const [segment, ...rest] = request.segments;
  if (segment?.name.toLowerCase() !== "$all" || segment.arguments !== undefined) return undefined;
  if (settings.profile === "graph") {
    const what = "$all is not implemented in the graph profile: read the sets one by one.";
    throw problem("notImplemented", { what }, { target: segment.raw });
  }
  const { cast, shape } = shapeOf(rest);
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed(["GET", "HEAD"]);
  const type = cast === undefined ? undefined : typeOf(cast, model);
  requireServed(request, shape, type);
  const targets = partsOf(type, model);
  if (targets.length === 0) throw refused(cast ?? segment, "no entity set or singleton of this service has entities of that type");
  const parts = searchedOf(targets, type, request).map((target) => ({ target, query: queryOf(target, type, { ...addressing, request, shape }) }));
  const first = parts[0]!;
  if (shape === "count") return { kind: "count", ...first, parts };
  const { orderby = [], skip = 0 } = request.options;
  const isMerged = parts.length > 1 && (orderby.length > 0 || skip > 0);
  const form = {
    ...(type === undefined ? {} : { type }),
    ...(isMerged ? { merged: orderby.length } : {}),
    ...(shape === "references" && ({ references: true } as const)),
  };
  return { kind: "list", ...first, parts, ...form };
}

type AllShape = "list" | "count" | "references";
const suffixes: ReadonlyMap<string, AllShape> = new Map([
  ["$count", "count"],
  ["$ref", "references"],
]);

/** What stands behind `$all`: a type, and then `/$count` or `/$ref`. Throws 400 and 501 for all else. */
function shapeOf(rest: readonly Segment[]): { readonly cast?: Segment | undefined; readonly shape: AllShape } {
  const [last] = rest.slice(-1);
  const shape = last?.arguments === undefined ? suffixes.get(last?.name.toLowerCase() ?? "") : undefined;
  const [cast, behind] = shape === undefined ? rest : rest.slice(0, -1);
  const stray = [cast, behind].find((one) => one?.name.startsWith("$") === true) ?? behind;
  if (stray !== undefined) throw stray.name.startsWith("$") ? laterSegment(stray) : problem("unknownSegment", { segment: stray.raw }, { target: stray.raw });
  return { cast, shape: shape ?? "list" };
}

/** A search finds nothing in sets without searchable text; where none has any, it is refused as anywhere. */
function searchedOf(targets: readonly CollectionTarget[], type: EntityType | undefined, { options }: ODataRequest): readonly CollectionTarget[] {
  if (options.search === undefined) return targets;
  const found = targets.filter(({ place }) => isSearchable(type ?? place.type));
  return found.length === 0 ? targets : found;
}

function refused({ raw, name }: Segment, what: string): Problem {
  return problem("badRequest", { what: `$all: '${name}': ${what}.` }, { target: raw });
}

function typeOf(segment: Segment, model: Model): EntityType {
  const type = segment.name.includes(".") && segment.arguments === undefined ? model.findType(segment.name) : undefined;
  if (type?.kind !== "entity") throw refused(segment, "expected the qualified name of an entity type");
  return type;
}

/** 400 for what no list has, 501 for what only `$all` has not: its sets are answered one after another, and without a type they have no properties in common. */
function requireServed({ options }: ODataRequest, shape: AllShape, type: EntityType | undefined): void {
  requireLegal(options, shape, "$all", true);
  for (const name of Object.keys(options) as OptionName[]) {
    if (served.has(name) || (type !== undefined && ofType.has(name))) continue;
    const hint = ofType.has(name) ? "; restrict it to a type, as in $all/ns.Type" : "";
    throw problem("notImplemented", { what: `The query option $${name} is not implemented for $all${hint}.` }, { target: `$${name}` });
  }
}

const served: ReadonlySet<OptionName> = new Set(["top", "skip", "count", "search", "skiptoken", "format", "schemaversion"]);
const ofType: ReadonlySet<OptionName> = new Set(["filter", "select", "orderby", "expand", "compute"]);

/** The sets that have entities of a type, cast to it where they have others too. */
function partsOf(type: EntityType | undefined, model: Model): readonly CollectionTarget[] {
  const sets = setsOf(model);
  if (type === undefined) return sets;
  return sets.flatMap((target): CollectionTarget[] => {
    const own = target.place.type;
    if (own === type || type.derived.includes(own)) return [target];
    return own.derived.includes(type) ? [{ ...target, cast: type }] : [];
  });
}

function setsOf(model: Model): readonly CollectionTarget[] {
  const at = (place: Place): CollectionTarget => ({ kind: "collection", place, hub: { kind: "home" }, parents: [] });
  if (model.hub !== undefined) return trackedSets(model, at(model.hub.home));
  const isHeld = ({ parent, definition, kind, verbs }: Place): boolean =>
    parent === undefined && definition.virtual !== true && verbs.has(kind === "set" ? "list" : "get");
  return model.places.filter(isHeld).map(at);
}

/** Bound to the type that is asked for, of which all that the parts have in common is. */
function queryOf(
  { place }: CollectionTarget,
  type: EntityType | undefined,
  { request, shape, model, settings, kept }: Addressing & { readonly request: ODataRequest; readonly shape: AllShape },
): Query {
  const { options, aliases, preferences, query: text } = request;
  const { maxPageSize } = preferences;
  const shared = { model, place, aliases, budgets: settings.budgets, pure: true, byKey: true } as const;
  const key = `all ${shape} ${place.path} ${type?.name ?? ""} ${maxPageSize ?? ""} ${text}`;
  const context = { ...shared, ...(type === undefined ? {} : { cast: type }), ...(maxPageSize === undefined ? {} : { maxPageSize }) };
  const query = kept.get(key) ?? bindQuery(options, context);
  if (text.length < 2000) kept.set(key, query);
  return query;
}
