import { isObject, type Json, type JsonObject } from "../base/json.ts";
import type { ComplexType, EntityType, Property } from "./types.ts";

/** What a declared member is where nobody gave it a value. */
export function absentValue(property: Property): Json {
  return property.collection ? [] : (property.default ?? null);
}

/**
 * A structured value with every member that its type declares, in the type's order, undeclared members behind:
 * what is stored and answered (OData JSON Format 7: nothing that is selected is left out).
 */
export function completeEntity(type: EntityType | ComplexType, value: JsonObject): JsonObject {
  const complete: Record<string, Json> = { "@odata.type": value["@odata.type"] ?? (type.kind === "entity" ? `#${type.name}` : type.name) };
  for (const property of type.allProperties) {
    if (property.type.name === "Edm.Stream") continue;
    const member = value[property.name];
    complete[property.name] = member === undefined ? absentValue(property) : completeValue(property, member);
  }
  const undeclared = Object.entries(value).filter(([name]) => !Object.hasOwn(complete, name));
  return { ...complete, ...Object.fromEntries(undeclared) };
}

/** The same of the value of a property. */
export function completeValue(property: Property, value: Json): Json {
  const { type } = property;
  if (type.kind !== "complex") return value;
  if (Array.isArray(value)) return value.map((item: Json) => (isObject(item) ? completeEntity(complexTypeOf(type, item), item) : item));
  return isObject(value) ? completeEntity(complexTypeOf(type, value), value) : value;
}

/** The type of a complex value: the one that it names, where that is derived from the declared one. */
export function complexTypeOf(declared: ComplexType, value: JsonObject): ComplexType {
  const name = declared.derived.length === 0 ? undefined : value["@odata.type"];
  return declared.derived.find((type) => type.name === name) ?? declared;
}
