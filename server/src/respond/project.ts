import { isObject, isRawNumber, type Json, type JsonObject } from "../base/json.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { Format } from "../odata/parseAccept.ts";
import type { Projection } from "../plan/plan.ts";

/** How a stored body becomes the body of an answer, when it cannot be sent as it is. */
export interface Shape {
  readonly projection?: Projection;
  readonly format: Format;
  readonly type: EntityType;
}

/** Properties of the type and of those derived from it, by name. */
const members = new WeakMap<EntityType | ComplexType, ReadonlyMap<string, Property>>();

function membersOf(type: EntityType | ComplexType): ReadonlyMap<string, Property> {
  let known = members.get(type);
  if (known === undefined) {
    const types = type.kind === "entity" ? [...type.derived, type] : [type];
    known = new Map(types.flatMap((one) => one.allProperties.map((property) => [property.name, property] as const)));
    members.set(type, known);
  }
  return known;
}

/** Names that stay whatever is selected: control information and the key (R70). */
function isKept(name: string, type: EntityType | ComplexType): boolean {
  return name.startsWith("@") || (type.kind === "entity" && type.key.includes(name));
}

/** The selected members of an entity, with the control information of the asked metadata level (OData JSON Format 3.1). */
export function project(entity: JsonObject, shape: Shape): JsonObject {
  return structured(entity, shape.type, shape.projection, shape.format);
}

/** Whether an answer has a member of this name. */
export type IsWanted = (name: string) => boolean;

const wanted = new WeakMap<Projection, Map<EntityType, IsWanted | undefined>>();

/** Tells which top members a projection keeps whole; undefined when it reaches into one of them. Made once for each type. */
export function wantedNames(type: EntityType, projection: Projection | undefined): IsWanted | undefined {
  if (projection === undefined) return () => true;
  let ofTypes = wanted.get(projection);
  if (ofTypes === undefined) wanted.set(projection, (ofTypes = new Map()));
  if (!ofTypes.has(type)) ofTypes.set(type, namesOf(type, projection));
  return ofTypes.get(type);
}

function namesOf(type: EntityType, { names, star }: Projection): IsWanted | undefined {
  if ([...names.values()].some((inner) => inner !== true)) return undefined;
  const whole = new Set([...type.key, ...names.keys(), ...(star ? membersOf(type).keys() : [])]);
  return (name) => whole.has(name) || name.startsWith("@");
}

function structured(value: JsonObject, type: EntityType | ComplexType, projection: Projection | undefined, format: Format): JsonObject {
  const out: Record<string, Json> = {};
  const known = membersOf(type);
  for (const [name, member] of Object.entries(value)) {
    const chosen = chooses(projection, name, type, known);
    if (chosen === false || (format.metadata === "none" && name.startsWith("@"))) continue;
    const property = known.get(name);
    if (format.metadata === "full" && property !== undefined) annotate(out, name, property, member);
    const next = printed(member, property, chosen === true ? undefined : chosen, format);
    Object.defineProperty(out, name, { value: next, enumerable: true, configurable: true, writable: true });
  }
  return out;
}

function chooses(projection: Projection | undefined, name: string, type: EntityType | ComplexType, known: ReadonlyMap<string, Property>): boolean | Projection {
  if (projection === undefined || isKept(name, type)) return true;
  if (projection.star && known.has(name)) return true;
  return projection.names.get(name) ?? false;
}

function printed(value: Json, property: Property | undefined, projection: Projection | undefined, format: Format): Json {
  if (Array.isArray(value)) return value.map((item: Json) => printed(item, property, projection, format));
  if (isObject(value)) return property?.type.kind === "complex" ? structured(value, property.type, projection, format) : value;
  return format.ieee754Compatible && property !== undefined ? exactNumber(value, property) : value;
}

/** Int64 and Decimal go as text under IEEE754Compatible (R29). */
function exactNumber(value: Json, property: Property): Json {
  if (property.type.name !== "Edm.Int64" && property.type.name !== "Edm.Decimal") return value;
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "number" ? String(value) : value;
}

/** Types that a reader of JSON cannot tell by looking (OData JSON Format 4.6.3). */
function annotate(out: Record<string, Json>, name: string, property: Property, value: Json): void {
  if (value === null && !property.collection) return;
  const { name: type, kind } = property.type;
  const isPlain = !property.collection && (type === "Edm.String" || type === "Edm.Boolean" || type === "Edm.Double" || kind === "complex");
  if (isPlain) return;
  const short = type.startsWith("Edm.") ? type.slice(4) : type;
  out[`${name}@odata.type`] = property.collection ? `#Collection(${short})` : `#${short}`;
}
