import { isObject, type Json, type JsonObject } from "../json.ts";
import { coerce, isList, itemsOf, parsed } from "./coerce.ts";
import { expandSchema, type Expanded } from "./expandSchema.ts";
import { parameterFaults, type ParameterFault } from "./parameterFaults.ts";

export interface ParameterPair {
  readonly name: string;
  readonly value: string | null;
}

/** Parameters as their schema types them, or what is wrong with them. */
export type Checked = { readonly values: Readonly<Record<string, Json>> } | { readonly faults: readonly ParameterFault[] };

/** Values times parts of a schema: what one check may cost. */
const mostSteps = 20_000;
const mostElements = 1000;

/**
 * Types the parameters of an action by a JSON Schema, and checks them. Texts become numbers, booleans, objects and arrays where the schema asks for them; an array is
 * a name that comes several times, or JSON. Without a schema all are texts.
 */
export function checkParameters(schema: Json, pairs: readonly ParameterPair[]): Checked {
  const texts = Map.groupBy(pairs, ({ name }) => name);
  if (schema === null) return { values: Object.fromEntries([...texts].map(([name, all]) => [name, asTexts(all)])) };
  const expanded = expandedOf(schema);
  if ("faults" in expanded) return { faults: [{ parameter: "", message: `the schema of this action cannot be used: ${expanded.faults[0]!.message}` }] };
  const faults: ParameterFault[] = [];
  const values = Object.fromEntries([...texts].map(([name, all]) => [name, valueOf(all, schemaOf(expanded.schema, name), faults)]));
  if (sizeOf(values) * expanded.parts > mostSteps)
    return { faults: [{ parameter: "", message: "expected fewer values: these are too many for their schema." }] };
  if (faults.length > 0) return { faults };
  const found = parameterFaults(values, expanded.schema);
  return found.length === 0 ? { values } : { faults: found };
}

/** Of many targets each is checked by the same schema. */
const known = new WeakMap<object, Expanded>();

function expandedOf(schema: Json): Expanded {
  if (!isObject(schema)) return expandSchema(schema);
  const kept = known.get(schema) ?? expandSchema(schema);
  known.set(schema, kept);
  return kept;
}

function asTexts(all: readonly ParameterPair[]): Json {
  return all.length === 1 ? all[0]!.value : all.map(({ value }) => value);
}

/** The schema of one parameter: the first that names it. */
function schemaOf(schema: JsonObject, name: string): JsonObject {
  const own = isObject(schema["properties"]) && Object.hasOwn(schema["properties"], name) ? schema["properties"][name] : undefined;
  if (isObject(own)) return own;
  const inner = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => (Array.isArray(schema[keyword]) ? (schema[keyword] as readonly Json[]).filter(isObject) : []));
  for (const one of inner) {
    const found = schemaOf(one, name);
    if (Object.keys(found).length > 0) return found;
  }
  return isObject(schema["additionalProperties"]) ? schema["additionalProperties"] : {};
}

function valueOf(all: readonly ParameterPair[], schema: JsonObject, faults: ParameterFault[]): Json {
  const [{ name, value }] = all as [ParameterPair];
  if (!isList(schema)) {
    if (all.length > 1) faults.push({ parameter: name, message: `expected once, got ${all.length} times.` });
    return coerce(value, schema);
  }
  const list = all.length === 1 && value?.trimStart().startsWith("[") === true ? parsed(value) : all.map((one) => coerce(one.value, itemsOf(schema)));
  if (Array.isArray(list) && list.length > mostElements)
    faults.push({ parameter: name, message: `expected at most ${mostElements} elements, got ${list.length}.` });
  return list;
}

function sizeOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, one: Json) => sum + sizeOf(one), 1);
}
