import { isObject, isRawNumber, type Json, type JsonObject } from "../base/json.ts";
import { longNotation } from "../base/longNotation.ts";
import { mediaNameOf } from "../base/media.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { Format } from "../odata/parseAccept.ts";
import type { Computed, Members, Projection } from "../plan/plan.ts";
import type { Leaf } from "../plan/apply.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Shaped } from "../execute/outcome.ts";
import { valueText } from "./valueText.ts";

/** How a stored body becomes the body of an answer, when it cannot be sent as it is. */
export interface Shape {
  readonly projection?: Projection;
  readonly format: Format;
  readonly type: EntityType;
  readonly shaped?: Shaped | undefined;
}

/** Properties of the type and of those derived from it, by name. */
const byType = new WeakMap<EntityType | ComplexType, ReadonlyMap<string, Property>>();

function membersOf(type: EntityType | ComplexType): ReadonlyMap<string, Property> {
  let known = byType.get(type);
  if (known === undefined) {
    const types = [...type.derived, type];
    known = new Map(types.flatMap((one) => one.allProperties.map((property) => [property.name, property] as const)));
    byType.set(type, known);
  }
  return known;
}

/** Names that stay whatever is selected: control information and the key (R70). */
function isKept(name: string, type: EntityType | ComplexType): boolean {
  return name.startsWith("@") || (type.kind === "entity" && type.key.includes(name));
}

/** The selected members of an entity, with the control information of the asked metadata level (OData JSON Format 3.1). */
export function project(entity: JsonObject, shape: Shape): JsonObject {
  const { format, shaped, projection } = shape;
  return structured(entity, shape.type, projection, { format, shaped, root: entity, values: shaped?.values ?? [], around: [] });
}

/** The value of a property, as it stands in an entity of that format. */
export function projectValue(value: Json, property: Property | undefined, format: Format): Json {
  return printed(value, property, undefined, { format, shaped: undefined, root: {}, values: [], around: [] });
}

/** What is printed, and where: at the entity, or at a member of its collections. */
interface Standing {
  readonly format: Format;
  readonly shaped: Shaped | undefined;
  /** The entity or the member that plain names of `$compute` belong to, and the values of its columns. */
  readonly root: JsonObject;
  readonly values: readonly Scalar[];
  /** The places of the members around it. */
  readonly around: readonly number[];
}

/** A complex value likewise. */
export function projectComplex(value: JsonObject, type: ComplexType, format: Format): JsonObject {
  return structured(value, type, undefined, { format, shaped: undefined, root: value, values: [], around: [] });
}

/** Whether an answer has a member of this name. */
export type IsWanted = (name: string) => boolean;

const wanted = new WeakMap<Projection, Map<EntityType, IsWanted | undefined>>();

/** Tells which top members a projection keeps whole; undefined when it reaches into one of them. Made once for each type. */
export function wantedNames(type: EntityType, projection: Projection | undefined): IsWanted | undefined {
  if (projection === undefined) return (name) => !type.silent.has(name);
  let ofTypes = wanted.get(projection);
  if (ofTypes === undefined) wanted.set(projection, (ofTypes = new Map()));
  if (!ofTypes.has(type)) ofTypes.set(type, namesOf(type, projection));
  return ofTypes.get(type);
}

function namesOf(type: EntityType, { names, star, whole, computed }: Projection): IsWanted | undefined {
  if (whole === true || computed !== undefined || [...names.values()].some((inner) => inner !== true)) return undefined;
  const kept = new Set([...type.key, ...names.keys(), ...(star ? membersOf(type).keys() : [])]);
  return (name) => (kept.has(name) || name.startsWith("@")) && !type.silent.has(name);
}

function structured(value: JsonObject, type: EntityType | ComplexType, projection: Projection | undefined, standing: Standing): JsonObject {
  const out: Record<string, Json> = {};
  const known = membersOf(type);
  const { format } = standing;
  for (const [name, member] of Object.entries(value)) {
    const media = type.kind === "entity" && type.streams ? mediaNameOf(name) : undefined;
    if (media !== undefined) {
      if (format.metadata !== "none" && (media === "" || chooses(projection, media, type, known) !== false)) putMedia(out, media, member);
      continue;
    }
    const chosen = chooses(projection, name, type, known);
    if (chosen === false || (format.metadata === "none" && name.startsWith("@")) || (type.kind === "entity" && type.silent.has(name))) continue;
    const property = known.get(name);
    const inner = chosen === true ? undefined : chosen;
    if (format.metadata === "full" && property !== undefined) annotate(out, name, property, member);
    if (inner?.members !== undefined && Array.isArray(member)) pick(out, { name, list: member, property, projection: inner, members: inner.members }, standing);
    else put(out, name, printed(member, property, inner, standing));
  }
  for (const one of projection?.computed ?? []) compute(out, one, standing);
  return out;
}

/** Of content an answer says the media type and the ETag (OData JSON Format 9, 10); where it lies follows from where the entity lies. */
function putMedia(out: Record<string, Json>, name: string, stored: Json): void {
  if (!isObject(stored)) return;
  put(out, `${name}@odata.mediaContentType`, stored["type"] ?? null);
  put(out, `${name}@odata.mediaEtag`, stored["etag"] ?? null);
}

/** Names of the client may be any: `__proto__` is one like others. */
function put(out: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
}

function chooses(projection: Projection | undefined, name: string, type: EntityType | ComplexType, known: ReadonlyMap<string, Property>): boolean | Projection {
  if (projection === undefined || isKept(name, type)) return true;
  if (projection.star && known.has(name)) return true;
  return projection.names.get(name) ?? projection.whole ?? false;
}

function printed(value: Json, property: Property | undefined, projection: Projection | undefined, standing: Standing): Json {
  if (Array.isArray(value)) return value.map((item: Json, at) => element(item, property, projection, { ...standing, around: [...standing.around, at] }));
  if (isObject(value)) return property?.type.kind === "complex" ? structured(value, property.type, projection, standing) : value;
  return standing.format.ieee754Compatible && property !== undefined ? exactNumber(value, property) : value;
}

/** A member of a collection: names of `$compute` in it are its own. */
function element(item: Json, property: Property | undefined, projection: Projection | undefined, standing: Standing): Json {
  return printed(item, property, projection, isObject(item) ? { ...standing, root: item, values: [] } : standing);
}

interface Picking {
  readonly name: string;
  readonly list: readonly Json[];
  readonly property: Property | undefined;
  readonly projection: Projection;
  readonly members: Members;
}

/** The members that stay, with how many there are. */
function pick(out: Record<string, Json>, { name, list, property, projection, members }: Picking, standing: Standing): void {
  const { shaped, around } = standing;
  const picked = shaped?.members.get(members)?.get(around.join(","));
  if (members.count) put(out, `${name}@odata.count`, picked?.count ?? 0);
  const items = (picked?.items ?? []).filter(({ at }) => at < list.length);
  const shown = items.map(({ at, values }) => {
    const item = list[at]!;
    const inner: Standing = { ...standing, around: [...around, at], values, ...(isObject(item) ? { root: item } : {}) };
    return printed(item, property, projection, inner);
  });
  put(out, name, shown);
}

/** A value of `$compute`, with its type where JSON does not tell it (OData JSON Format 4.6.3). */
function compute(out: Record<string, Json>, { name, value, leaf }: Computed, { root, values, format }: Standing): void {
  const stored = "steps" in value ? storedAt(root, value.steps) : undefined;
  const json =
    "column" in value
      ? computedJson(values[value.column] ?? null, leaf, format)
      : format.ieee754Compatible && leaf !== undefined
        ? exact(stored!, leaf)
        : stored!;
  if (leaf !== undefined && json !== null && format.metadata !== "none" && !isPlainType(leaf)) put(out, `${name}@odata.type`, `#${shortName(leaf)}`);
  put(out, name, json);
}

function computedJson(value: Scalar, leaf: Leaf | undefined, format: Format): Json {
  return value === null || leaf === undefined ? null : JSON.rawJSON(valueText(value, leaf, format));
}

function storedAt(root: JsonObject, steps: readonly string[]): Json {
  let value: Json = root;
  for (const step of steps) value = isObject(value) && Object.hasOwn(value, step) ? value[step]! : null;
  return value;
}

/** Int64 and Decimal go as text under IEEE754Compatible (R29). */
function exactNumber(value: Json, { type }: Property): Json {
  return type.kind === "complex" ? value : exact(value, type);
}

function exact(value: Json, type: Leaf): Json {
  if (type.name !== "Edm.Int64" && type.name !== "Edm.Decimal") return value;
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "number" ? longNotation(String(value)) : value;
}

/** Types that a reader of JSON can tell by looking (OData JSON Format 4.6.3). */
function isPlainType({ name }: { readonly name: string }): boolean {
  return name === "Edm.String" || name === "Edm.Boolean" || name === "Edm.Double";
}

function shortName({ name }: { readonly name: string }): string {
  return name.startsWith("Edm.") ? name.slice(4) : name;
}

/** Types that a reader of JSON cannot tell by looking. */
function annotate(out: Record<string, Json>, name: string, { type, collection }: Property, value: Json): void {
  if (value === null && !collection) return;
  if (!collection && (isPlainType(type) || type.kind === "complex")) return;
  out[`${name}@odata.type`] = collection ? `#Collection(${shortName(type)})` : `#${shortName(type)}`;
}
