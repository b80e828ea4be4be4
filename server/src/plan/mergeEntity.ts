import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { completeEntity, completeValue, complexTypeOf } from "../edm/completeEntity.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";

/**
 * Merges a patch into an entity (OData Protocol 11.4.3): absent members stay, null clears, complex
 * values merge member by member, collections are replaced.
 */
export function mergeEntity(type: EntityType | ComplexType, before: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...before };
  const byName = new Map(type.allProperties.map((property) => [property.name, property]));
  for (const [name, value] of Object.entries(patch)) {
    const next = mergeValue(byName.get(name), merged[name], value);
    Object.defineProperty(merged, name, { value: next, enumerable: true, configurable: true, writable: true });
  }
  return merged;
}

/** The same of the value of a property. A complex value that names no type stays of the one that it has; one that comes to be of another keeps what both types have (OData Protocol 11.4.9.3). */
export function mergeValue(property: Property | undefined, before: Json | undefined, value: Json): Json {
  if (property?.type.kind !== "complex" || !isObject(value)) return value;
  if (!isObject(before)) return completeValue(property, value);
  const stored = complexTypeOf(property.type, before);
  const type = value["@odata.type"] === undefined ? stored : complexTypeOf(property.type, value);
  return type === stored ? mergeEntity(type, before, value) : completeEntity(type, mergeEntity(type, shared(before, stored, type), value));
}

/** What a value has that it keeps as one of another type: inherited members, and undeclared ones where that has any. */
function shared(before: JsonObject, from: ComplexType, to: ComplexType): JsonObject {
  const isKept = (name: string): boolean => {
    const property = from.allProperties.find((one) => one.name === name);
    if (property !== undefined) return to.allProperties.includes(property);
    return !name.startsWith("@") && to.open && !to.allProperties.some((one) => one.name === name);
  };
  return Object.fromEntries(Object.entries(before).filter(([name]) => isKept(name)));
}
