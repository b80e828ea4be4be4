import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { completeEntity, complexTypeOf } from "../edm/completeEntity.ts";
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

function mergeValue(property: Property | undefined, before: Json | undefined, value: Json): Json {
  if (property?.type.kind !== "complex" || !isObject(value)) return value;
  const type = complexTypeOf(property.type, value);
  return isObject(before) && complexTypeOf(property.type, before) === type ? mergeEntity(type, before, value) : completeEntity(type, value);
}
