import { isObject, type Json, type JsonObject } from "../base/json.ts";
import { readInstant } from "../base/instant.ts";

/** The text of a natural key: the values at its paths, `day(path)` being the UTC day of an instant. Null without a key or when every value is. */
export function naturalKeyOf(unique: readonly string[] | undefined, entity: JsonObject): string | null {
  if (unique === undefined) return null;
  const values = unique.map((path) => partOf(path, entity));
  return values.every((value) => value === null) ? null : JSON.stringify(values);
}

function partOf(path: string, entity: JsonObject): Json {
  const day = /^day\((.+)\)$/.exec(path)?.[1];
  const value = valueAt(entity, (day ?? path).split("/"));
  if (day === undefined) return value;
  return typeof value === "string" ? (readInstant(value)?.slice(0, 10) ?? null) : null;
}

function valueAt(entity: JsonObject, steps: readonly string[]): Json {
  let value: Json = entity;
  for (const step of steps) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return null;
    value = value[step]!;
  }
  return value;
}
