import { isObject, type Json, type JsonObject } from "./json.ts";

/** One object with the members of another, member by member where both have an object. */
export function mergeObjects(one: JsonObject, other: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) ? mergeObjects(before, value) : value;
  }
  return merged;
}
