import { problem, type Problem } from "../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { completeEntity, completeValue, complexTypeOf } from "../edm/completeEntity.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import { mergeValue } from "../plan/mergeEntity.ts";
import type { ValueCast } from "../plan/plan.ts";
import type { PlacedForm } from "../plan/writeForm.ts";
import { indexOf, readOrdinal } from "../base/valueAt.ts";

/** A value and where it goes. */
export type Placed = PlacedForm & { readonly value: Json };

/**
 * The entity with one value of it written (OData Protocol 11.4.9, 4.01 11.4.10 and 11.4.11): a property, an item of a collection, or what lies in one.
 * Where complex values on the way are null they come to be. Throws 404 for an item that is not there and for a value of another type than the path says.
 */
export function placeValue(type: EntityType, before: JsonObject, placed: Placed): JsonObject {
  return inObject(type, before, { placed, depth: 0 });
}

interface At {
  readonly placed: Placed;
  readonly depth: number;
}

function inObject(type: EntityType | ComplexType, object: JsonObject, { placed, depth }: At): JsonObject {
  const name = placed.path[depth]!;
  const property = type.allProperties.find((one) => one.name === name);
  return { ...object, [name]: inValue(property, object[name], { placed, depth: depth + 1 }) };
}

function inValue(declared: Property | undefined, old: Json | undefined, at: At): Json {
  const { placed, depth } = at;
  const cast = placed.casts?.find(({ behind }) => behind === depth);
  if (cast !== undefined) requireType(old, cast, placed);
  const property = cast === undefined || declared === undefined ? declared : { ...declared, type: cast.type };
  if (depth === placed.path.length) return written(property, old, placed);
  if (Array.isArray(old) || property?.collection === true) return inList(property, Array.isArray(old) ? old : [], at);
  if (property?.type.kind === "complex") return inComplex(property.type, old, at);
  if (isObject(old)) return { ...old, [placed.path[depth]!]: inValue(undefined, old[placed.path[depth]!], { placed, depth: depth + 1 }) };
  throw problem("notFound", { what: `There is nothing at '${placed.path.slice(0, depth).join("/")}'.` }, { target: placed.path.join("/") });
}

function inComplex(declared: ComplexType, old: Json | undefined, at: At): Json {
  if (isObject(old)) return inObject(complexTypeOf(declared, old), old, at);
  if (!declared.abstract) return inObject(declared, completeEntity(declared, {}), at);
  const path = at.placed.path.slice(0, at.depth).join("/");
  throw problem("badRequest", { what: `'${path}' is null, and '${declared.name}' is abstract: PUT '${path}' with its '@odata.type'.` }, { target: path });
}

function inList(property: Property | undefined, list: readonly Json[], { placed, depth }: At): Json {
  const { path, as } = placed;
  const ordinal = readOrdinal(path[depth]!) ?? Number.NaN;
  const index = indexOf(list, ordinal);
  if (index === undefined) throw noItem(path.slice(0, depth), ordinal, list.length);
  if (as === "removed" && depth + 1 === path.length) return list.toSpliced(index, 1);
  const single = property === undefined ? undefined : { ...property, collection: false };
  return list.with(index, inValue(single, list[index], { placed, depth: depth + 1 }));
}

function written(property: Property | undefined, old: Json | undefined, placed: Placed): Json {
  const { as, value } = placed;
  if (as === "item") return inserted(Array.isArray(old) ? old : [], placed);
  if (as === "merge") return mergeValue(property, old, value);
  return property === undefined ? value : completeValue(property, value);
}

/** Elements that a collection may have: each is a row beside its entity. */
const longest = 10_000;

function inserted(list: readonly Json[], { path, index = list.length, value }: Placed): Json {
  const target = path.join("/");
  if (list.length >= longest) throw problem("badRequest", { what: `Property '${target}' has ${longest} elements already, which is the limit.` }, { target });
  const at = index < 0 ? list.length + 1 + index : index;
  if (at >= 0 && at <= list.length) return list.toSpliced(at, 0, value);
  const what = `$index: '${target}' has ${list.length} items: expected a position from ${-list.length - 1} to ${list.length}, got ${index}.`;
  throw problem("badRequest", { what }, { target: "$index" });
}

function requireType(value: Json | undefined, { behind, type }: ValueCast, { path }: Placed): void {
  const own = isObject(value) ? value["@odata.type"] : type.name;
  if (own !== type.name && !type.derived.some(({ name }) => name === own)) throw notOfType(path.slice(0, behind), type);
}

/** 404 of a complex value that is not of the type that the path takes it as. */
export function notOfType(path: readonly string[], { name }: ComplexType): Problem {
  return problem("notFound", { what: `'${path.join("/")}' is not of the type '${name}'.` }, { target: name });
}

/** 404 of an item that a collection does not have. */
export function noItem(path: readonly string[], ordinal: number, length: number): Problem {
  const has = `${length} item${length === 1 ? "" : "s"}`;
  return problem("notFound", { what: `'${path.join("/")}' has ${has} and none at ${ordinal}.` }, { target: [...path, ordinal].join("/") });
}
