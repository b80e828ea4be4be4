import { problem, type Problem } from "../base/errors.ts";
import { isFollowed } from "../edm/capabilities.ts";
import { findLink, type Link } from "../edm/links.ts";
import { isOrdered } from "../edm/ordered.ts";
import type { BoundOperation, Model, Place } from "../edm/model.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { Expression } from "../odata/expression.ts";
import type { Segment } from "../odata/options.ts";
import type { Json } from "../base/json.ts";
import { keyTextOf, textKeyOf } from "../edm/keyText.ts";
import type { CollectionTarget, EntityTarget, HubReference, PropertyTarget, Via } from "./plan.ts";
import { byAlternateKey } from "./byAlternateKey.ts";
import { keySegment, misfit, readKey } from "./readKey.ts";
import { readOrdinal } from "../base/valueAt.ts";

/** What a resource path names (OData URL Conventions 4): the model has told its segments apart. */
export type Target =
  | { readonly kind: "root" }
  | CollectionTarget
  | EntityTarget
  | { readonly kind: "count"; readonly of: CollectionTarget }
  | { readonly kind: "delta"; readonly of: CollectionTarget; readonly whole?: true }
  /** References to entities instead of these (`/$ref`). */
  | { readonly kind: "ref"; readonly of: CollectionTarget | EntityTarget; readonly segment: Segment }
  | { readonly kind: "property"; readonly of: PropertyTarget; readonly form: "json" | "value" | "count" }
  | CallTarget
  /** The content of a media entity, or of a stream property. */
  | { readonly kind: "media"; readonly of: EntityTarget; readonly name: string; readonly property?: Property }
  | { readonly kind: "operation"; readonly operation: BoundOperation; readonly on: EntityTarget | CollectionTarget };

/** A call of an operation that is implemented beside the model: which overload it is, method and parameters tell. */
export interface CallTarget {
  readonly kind: "call";
  readonly overloads: readonly BoundOperation[];
  readonly on?: CollectionTarget | EntityTarget | PropertyTarget;
  /** Where the entities lie that it returns, as its import says. */
  readonly place?: Place;
  readonly segment: Segment;
  /** What stands behind it. */
  readonly next?: Segment;
}

const home: HubReference = { kind: "home" };

/** Suffix segments of OData that are not served yet: answered 501, never taken for a key. */
const laterSegments = new Set(["$filter", "$each", "$all", "$crossjoin", "$entity", "$links"]);

/**
 * Resolves segments against the model; names in any case, ids exact (R2), keys in both forms (R3).
 * Throws `unknownSegment` (400, R11) at the first name that the model does not have there, and
 * `notImplemented` (501) for segments of OData that are not served.
 */
export function resolvePath(model: Model, segments: readonly Segment[], aliases: Aliases = new Map()): Target {
  let target: Step = { kind: "root" };
  for (const written of segments) {
    const segment = written.arguments === undefined || aliases.size === 0 ? written : withValues(written, aliases);
    if (target.kind === "call") return { ...target, next: segment };
    if (segment.name.startsWith("$") && laterSegments.has(segment.name.toLowerCase())) {
      throw laterSegment(segment);
    }
    target = step(model, target, segment);
  }
  if (target.kind === "keys") throw misfit(target.of.place.type, segments.at(-1)!);
  return target;
}

/** The 501 of a segment of OData that is not served there. */
export function laterSegment({ name, at, raw }: Segment): Problem {
  return problem("notImplemented", { what: `The path segment '${name}' is not implemented (position ${at}).` }, { target: raw });
}

/** On the way there may be a key of several properties of which not all segments have come yet. */
type Step = Target | PartialKey;

interface PartialKey {
  readonly kind: "keys";
  readonly of: CollectionTarget;
  readonly values: readonly Json[];
}

type Aliases = ReadonlyMap<string, Expression>;

/** A segment with the values of the parameter aliases in its key; one without a value stays, and is refused as a key. */
function withValues(segment: Segment, aliases: Aliases): Segment {
  const values = segment.arguments?.map((one) => (one.value.kind === "alias" ? { ...one, value: aliases.get(one.value.name) ?? one.value } : one));
  return values === undefined ? segment : { ...segment, arguments: values };
}

function step(model: Model, target: Step, segment: Segment): Step {
  if (segment.name.toLowerCase() === "$ref") return refTo(target, segment);
  switch (target.kind) {
    case "root":
      return fromRoot(model, home, segment);
    case "collection":
      return fromCollection(model, target, segment);
    case "keys":
      return byKeySegment(target.of, segment, target.values);
    case "entity":
      return fromEntity(model, target, segment);
    case "property":
      return callOf(model, target, segment) ?? fromProperty(target, segment, model);
    case "media":
      if (segment.name.toLowerCase() === "$value" && target.name !== "") return target;
      throw unknown(segment);
    case "count":
    case "delta":
    case "ref":
    case "call":
    case "operation":
      throw unknown(segment);
  }
}

function refTo(target: Step, segment: Segment): Target {
  if ((target.kind !== "collection" && target.kind !== "entity") || segment.arguments !== undefined) throw laterSegment(segment);
  return { kind: "ref", of: target, segment };
}

function unknown(segment: Segment): Problem {
  return problem("unknownSegment", { segment: segment.raw }, { target: segment.raw });
}

function fromRoot(model: Model, hub: HubReference, segment: Segment): Target {
  const place = model.findRoot(segment.name);
  const imported = place === undefined ? model.findImport(segment.name) : undefined;
  if (imported !== undefined) return { kind: "call", overloads: imported.operations, segment, ...(imported.place !== undefined && { place: imported.place }) };
  if (place === undefined) throw unknown(segment);
  return enter(place, place.definition.hub === "fleet" ? { kind: "fleet" } : hub, [], segment);
}

/** Steps into a place: its collection, the row of a key in parentheses, or the singleton. */
function enter(place: Place, hub: HubReference, parents: readonly string[], segment: Segment): Target {
  if (place.kind === "singleton") {
    if (segment.arguments !== undefined) throw unknown(segment);
    return { kind: "entity", place, hub, parents, key: "" };
  }
  return keyed({ kind: "collection", place, hub, parents }, segment);
}

/** A collection, or the row of the key that stands behind its name. */
function keyed(collection: CollectionTarget, segment: Segment): Target {
  if (segment.arguments === undefined || segment.arguments.length === 0) return collection;
  return byAlternateKey(collection, segment) ?? row(collection, readKey(collection.place.type, segment));
}

function row(collection: CollectionTarget, key: string): EntityTarget {
  // The empty key is a singleton's; in a collection nothing ever has it.
  if (key === "") throw problem("notFound", { what: "There is no object with the id '' here." });
  const { place, parents, cast } = collection;
  const hub: HubReference = place.definition.hub === "fleet" ? { kind: "named", id: key } : collection.hub;
  return { kind: "entity", place, hub, parents, key, ...(cast === undefined ? {} : { cast }), ...viaMember(collection, key) };
}

/** A member of a related collection; what lies below one keeps the way to it. */
function viaMember({ via, place }: CollectionTarget, key: string): { readonly via?: Via } {
  if (via === undefined) return {};
  return { via: place === via.link.to ? { ...via, key, path: JSON.stringify([via.path, key]) } : via };
}

/** Keys as segments (OData URL Conventions 4.3.6): one for each property of the key, in its order. */
function byKeySegment(of: CollectionTarget, segment: Segment, before: readonly Json[] = []): Step {
  const type = of.cast ?? of.place.type;
  if (textKeyOf(type) !== undefined) return row(of, segment.raw);
  const property = type.allProperties.find(({ name }) => name === type.key[before.length]);
  const value = property === undefined ? undefined : keySegment(property, segment.raw);
  if (value === undefined) throw unknown(segment);
  const values = [...before, value];
  if (values.length < type.key.length) return { kind: "keys", of, values };
  const members = Object.fromEntries(type.key.map((name, index) => [name, values[index]!])) as Record<string, Json>;
  return row(of, keyTextOf(type, members) ?? "");
}

function fromCollection(model: Model, collection: CollectionTarget, segment: Segment): Step {
  if (segment.name.toLowerCase() === "$count") return { kind: "count", of: collection };
  if (segment.name.startsWith("$")) throw unknown(segment);
  const call = callOf(model, collection, segment);
  if (call !== undefined) return call;
  const operation = model.findOperation(segment.name, collection.cast ?? collection.place.type, true);
  if (operation?.kind === "function" && isDelta(model, segment)) return { kind: "delta", of: requireNoArguments(collection, segment) };
  if (operation !== undefined) return { kind: "operation", operation, on: collection };
  if (isDelta(model, segment)) {
    if (isFollowed(collection.place)) return { kind: "delta", of: requireNoArguments(collection, segment) };
    throw untracked(segment);
  }
  const cast = castType(model, collection, segment);
  if (cast === undefined) return byKeySegment(collection, segment);
  const narrowed: CollectionTarget = { ...collection, cast };
  if (segment.arguments === undefined || segment.arguments.length === 0) return narrowed;
  return byAlternateKey(narrowed, segment) ?? row(narrowed, readKey(cast, segment));
}

/** The 501 of a collection whose model has no change tracking (R14). */
function untracked({ raw }: Segment): Problem {
  return problem("notImplemented", { what: `'${raw}' is not implemented here: read the collection instead.` }, { target: raw });
}

/** Graph's change tracking, by its short and by its full name (R5); never taken for a key. */
function isDelta({ namespace, alias }: Model, segment: Segment): boolean {
  return ["delta", `${namespace}.delta`.toLowerCase(), `${alias}.delta`.toLowerCase()].includes(segment.name.toLowerCase());
}

/** Delta has no parameters. */
function requireNoArguments<T>(target: T, segment: Segment): T {
  if (segment.arguments !== undefined && segment.arguments.length > 0) throw unknown(segment);
  return target;
}

/** A qualified type name that casts; refuses a type that is not derived (R8), and a second cast (OData URL Conventions 4.11). */
function castType(model: Model, target: CollectionTarget | EntityTarget, segment: Segment): EntityType | undefined {
  if (!segment.name.includes(".")) return undefined;
  const type = model.findType(segment.name);
  if (type === undefined) {
    if (!isQualified(model, segment.name.toLowerCase())) return undefined;
    throw unknown(segment);
  }
  if (target.cast !== undefined) {
    throw problem("badRequest", { what: `A second cast, to '${segment.name}', in the path: cast once, to the type that is meant.` }, { target: segment.raw });
  }
  const from = target.place.type;
  if (type.kind === "entity" && (type === from || from.derived.includes(type))) return type;
  throw problem("badRequest", { what: `Type '${segment.name}' in the path is not '${from.name}' or derived from it.` }, { target: segment.raw });
}

function isQualified({ schemas }: Model, name: string): boolean {
  return schemas.some(({ namespace }) => name.startsWith(`${namespace.toLowerCase()}.`));
}

/** A call of an operation that is implemented beside the model, bound to what the path has come to; behind a collection, an unqualified name alone is a key. */
function callOf(model: Model, on: CollectionTarget | EntityTarget | Extract<Target, { kind: "property" }>, segment: Segment): CallTarget | undefined {
  if (on.kind !== "entity" && !segment.name.includes(".") && segment.arguments === undefined) return undefined;
  const overloads =
    on.kind === "property" ? ofValue(model, on.of, segment) : model.findOverloads(segment.name, on.cast ?? on.place.type, on.kind === "collection");
  if (overloads[0]?.definition.permissions === undefined) return undefined;
  return { kind: "call", overloads, on: on.kind === "property" ? on.of : on, segment };
}

function ofValue(model: Model, { property }: PropertyTarget, { name }: Segment): readonly BoundOperation[] {
  return property === undefined ? [] : model.findOverloads(name, property.type, property.collection);
}

function fromEntity(model: Model, entity: EntityTarget, segment: Segment): Target {
  const type = entity.cast ?? entity.place.type;
  const call = callOf(model, entity, segment);
  if (call !== undefined) return call;
  const operation = model.findOperation(segment.name, type, false);
  if (operation?.kind === "function" && entity.place.definition.hub !== undefined && isDelta(model, segment))
    return { kind: "delta", of: requireNoArguments(hubRows(entity), segment), whole: true };
  if (operation !== undefined) return { kind: "operation", operation, on: entity };
  const cast = castType(model, entity, segment);
  if (cast !== undefined) return { ...entity, cast };
  const child = findChild(entity.place, entity.cast, segment.name);
  if (child !== undefined) return enterChild(entity, child, segment);
  const link = findLink(model, entity, segment.name);
  if (link !== undefined) return enterLink(entity, link, segment);
  if (entity.hub.kind === "named" && entity.place.definition.hub === "fleet") {
    const root = model.findRoot(segment.name);
    if (root !== undefined && root.definition.hub === undefined) return fromRoot(model, entity.hub, segment);
  }
  if (segment.name.toLowerCase() === "$value" && segment.arguments === undefined && hasContent(type)) return { kind: "media", of: entity, name: "" };
  if (segment.arguments !== undefined || segment.name.startsWith("$")) throw unknown(segment);
  return ofProperty(entity, type, segment);
}

/** The collection that holds nothing but the hub itself. */
function hubRows({ place, hub, parents }: EntityTarget): CollectionTarget {
  return { kind: "collection", place, hub, parents };
}

/** A contained place by name; behind a cast, the one that this type declares. */
export function findChild(place: Place, cast: EntityType | undefined, name: string): Place | undefined {
  const lower = name.toLowerCase();
  const own = cast === undefined ? undefined : place.children.get(`${cast.name.toLowerCase()}/${lower}`);
  const child = own ?? place.children.get(lower);
  const { declaredBy } = child ?? {};
  const fits = cast === undefined || declaredBy === undefined || declaredBy === cast || declaredBy.derived.includes(cast);
  return fits ? child : undefined;
}

function enterChild(entity: EntityTarget, child: Place, segment: Segment): Target {
  const ofHub = entity.place.definition.hub !== undefined || entity.place.kind === "singleton";
  const parents = ofHub ? [] : [...entity.parents, entity.key];
  const { hub, via } = entity;
  if (via !== undefined && child.kind === "set") return keyed({ kind: "collection", place: child, hub, parents, via }, segment);
  const below = enter(child, hub, parents, segment);
  return via === undefined || below.kind !== "entity" ? below : { ...below, via };
}

/** The way from an entity along a link. */
export function viaOf(from: EntityTarget, link: Link): Via {
  const start = from.via?.path ?? [from.place.path, ...from.parents, from.key];
  return { link, from, path: JSON.stringify([start, link.navigation.name, from.cast?.name ?? ""]) };
}

/** Steps along a link: to the collection it leads to, to a member of it, or to the one entity. */
function enterLink(from: EntityTarget, link: Link, segment: Segment): Target {
  const { to: place, navigation } = link;
  const { hub } = from;
  const via = viaOf(from, link);
  if (!navigation.collection) {
    if (segment.arguments !== undefined) throw unknown(segment);
    return { kind: "entity", place, hub, parents: [], key: "", via };
  }
  return keyed({ kind: "collection", place, hub, parents: [], via }, segment);
}

function hasContent(type: EntityType): boolean {
  return type.hasStream || type.derived.some(({ hasStream }) => hasStream);
}

function findProperty(type: EntityType | ComplexType, name: string): Property | undefined {
  const wanted = name.toLowerCase();
  return type.allProperties.find((property) => property.name.toLowerCase() === wanted);
}

function ofProperty(entity: EntityTarget, type: EntityType, segment: Segment): Target {
  const property = findProperty(type, segment.name) ?? inDerived(type, segment.name);
  if (property === undefined && !type.open) throw unknown(segment);
  if (property?.type.name === "Edm.Stream") return { kind: "media", of: entity, name: property.name, property };
  const steps = [property?.name ?? segment.name];
  return { kind: "property", of: { entity, steps, ...(property === undefined ? {} : { property }) }, form: "json" };
}

/** Polymorphic rows show properties of derived types without a cast, as clients of Graph expect. */
function inDerived(type: EntityType, name: string): Property | undefined {
  for (const derived of type.derived) {
    const property = findProperty(derived, name);
    if (property !== undefined) return property;
  }
  return undefined;
}

function fromProperty(target: Extract<Target, { kind: "property" }>, segment: Segment, model: Model): Target {
  const { of, form } = target;
  // A key stands behind the navigation property of a complex value alone.
  const mayHaveKey = of.property?.type.kind === "complex" && !of.property.collection && !/[$.]/.test(segment.name);
  if (form !== "json" || (segment.arguments !== undefined && !mayHaveKey)) throw unknown(segment);
  const name = segment.name.toLowerCase();
  if (name === "$value" && of.property?.collection !== true && of.property?.type.kind !== "complex") {
    return { ...target, form: "value" };
  }
  if (name === "$count" && of.property?.collection === true) return { ...target, form: "count" };
  if (segment.name.startsWith("$")) throw unknown(segment);
  if (of.property?.collection === true) return { ...target, of: segment.name.includes(".") ? castItems(of, segment, model) : item(of, segment) };
  if (of.property !== undefined && of.property.type.kind !== "complex") throw unknown(segment);
  return nested(target, segment, model);
}

/** One item of an ordered collection (OData 4.01 URL Conventions 4.12). */
function item(of: PropertyTarget, segment: Segment): PropertyTarget {
  const { property, casts, steps } = of;
  const isNarrowed = casts?.at(-1)?.behind === steps.length;
  if (property === undefined || isNarrowed || !isOrdered(property) || readOrdinal(segment.name) === undefined) throw unknown(segment);
  return { ...of, steps: [...steps, segment.name], property: { ...property, collection: false, nullable: false } };
}

/** The items of a derived type. */
function castItems(of: PropertyTarget, segment: Segment, model: Model): PropertyTarget {
  if (of.property?.type.kind !== "complex" || segment.arguments !== undefined) throw unknown(segment);
  return castValue(of, of.property.type, { segment, model });
}

function nested(target: Extract<Target, { kind: "property" }>, segment: Segment, model: Model): Target {
  const { of } = target;
  const complex = of.property?.type as ComplexType | undefined;
  if (complex !== undefined && segment.name.includes(".")) return { ...target, of: castValue(of, complex, { segment, model }) };
  const property = complex === undefined ? undefined : findProperty(complex, segment.name);
  const lower = segment.name.toLowerCase();
  if (property === undefined && complex?.allNavigation.some(({ name }) => name.toLowerCase() === lower) === true) return enterWithin(of, segment, model);
  if (segment.arguments !== undefined) throw unknown(segment);
  if (property === undefined && complex?.open === false) throw unknown(segment);
  const { property: _, ...rest } = of;
  return { ...target, of: { ...rest, steps: [...of.steps, property?.name ?? segment.name], ...(property === undefined ? {} : { property }) } };
}

/** Along a navigation property of a complex value; those of items of collections and of derived types lead nowhere. */
function enterWithin({ entity, steps, casts }: PropertyTarget, segment: Segment, model: Model): Target {
  const link = casts === undefined ? findLink(model, entity, [...steps, segment.name].join("/")) : undefined;
  if (link !== undefined) return enterLink(entity, link, segment);
  const what = `'${segment.raw}': this navigation property of a complex value leads to no set of this service; following it is not implemented.`;
  throw problem("notImplemented", { what }, { target: segment.raw });
}

/** A complex value taken as one of a derived type (OData URL Conventions 4.11). */
function castValue(of: PropertyTarget, from: ComplexType, { segment, model }: { readonly segment: Segment; readonly model: Model }): PropertyTarget {
  const type = model.findType(segment.name);
  if (type === undefined) throw unknown(segment);
  if (type === from) return of;
  if (type.kind === "complex" && from.derived.includes(type))
    return { ...of, property: { ...of.property!, type }, casts: [...(of.casts ?? []), { behind: of.steps.length, type }] };
  throw problem("badRequest", { what: `Type '${segment.name}' in the path is not '${from.name}' or derived from it.` }, { target: segment.raw });
}
