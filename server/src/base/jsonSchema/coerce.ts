import { isObject, type Json, type JsonObject } from "../json.ts";

const wholeNumber = /^-?(?:0|[1-9]\d{0,15})$/;
const anyNumber = /^-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?$/;

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

function schemasIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}

/** The types that a schema speaks of; none where it leaves them open. */
function typesOf(schema: JsonObject): ReadonlySet<string> {
  const { type } = schema;
  const own = typeof type === "string" ? [type] : Array.isArray(type) ? (type as readonly string[]) : [];
  const values = [...(Array.isArray(schema["enum"]) ? (schema["enum"] as readonly Json[]) : []), ...(Object.hasOwn(schema, "const") ? [schema["const"]!] : [])];
  const inner = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => schemasIn(schema[keyword])).flatMap((one) => [...typesOf(one)]);
  return new Set(own.length > 0 ? own : [...values.map(typeOf), ...inner]);
}

/** The schema of the elements, where one is meant for all. */
export function itemsOf(schema: JsonObject): JsonObject {
  if (isObject(schema["items"])) return schema["items"];
  const inner = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => schemasIn(schema[keyword])).find((one) => isObject(one["items"]));
  return inner === undefined ? {} : (inner["items"] as JsonObject);
}

export function isList(schema: JsonObject): boolean {
  return typesOf(schema).has("array");
}

/** A text as the value that its schema asks for; as it is where it says no such value. */
export function coerce(text: string | null, schema: JsonObject): Json {
  if (text === null) return null;
  const types = typesOf(schema);
  if (types.size === 0 || types.has("string")) return text;
  // What a number cannot hold stays a text, and is refused: nobody is asked to block another port than the one that was meant.
  if (types.has("integer") && wholeNumber.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  if (types.has("number") && anyNumber.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  if (types.has("object") && text.startsWith("{")) return parsed(text);
  return text;
}

/** Values of nested JSON: deeper ones are no parameters any more. */
const deepest = 32;

/** What a text says as JSON, not nested too deep; else the text. */
export function parsed(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    return depthOf(value, 0) > deepest ? text : value;
  } catch {
    return text;
  }
}

function depthOf(value: Json, above: number): number {
  if (above > deepest || typeof value !== "object" || value === null) return above;
  return Math.max(above, ...Object.values(value).map((one: Json) => depthOf(one, above + 1)));
}
