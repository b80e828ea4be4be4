import { isObject, isRawNumber, type Json, type JsonObject } from "../json.ts";
import { formats } from "./formats.ts";
import { PatternProblem, parsePattern } from "../pattern/parsePattern.ts";

/** Why a schema is refused, and where: a JSON Pointer (RFC 6901) into it, "" for the whole. */
export interface SchemaFault {
  readonly at: string;
  readonly message: string;
}

/** Bounds of a schema. Its parts count as often as they are referred to: nothing that is written small is evaluated large. */
export const schemaBounds = { characters: 65_536, depth: 24, parts: 300 } as const;

const types = ["object", "array", "string", "number", "integer", "boolean", "null"];
const dialects = /^https?:\/\/json-schema\.org\/(?:draft-07\/schema|draft\/20(?:19-09|20-12)\/schema)#?$/;

type Reader = (value: Json, at: Place) => Readonly<Record<string, Json>>;

/** What is read of the whole, and where it stands. */
interface Place {
  readonly at: string;
  readonly reading: Reading;
  /** References that lead here. */
  readonly through: readonly string[];
  readonly depth: number;
}
interface Reading {
  readonly root: JsonObject;
  readonly faults: SchemaFault[];
  parts: number;
}

function fault({ at, reading }: Place, message: string): Record<string, never> {
  reading.faults.push({ at, message });
  return {};
}

function below(place: Place, name: string | number): Place {
  return { ...place, at: `${place.at}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`, depth: place.depth + 1 };
}

const annotation: Reader = () => ({});

const kept =
  (keyword: string, expected: string, fits: (value: Json) => boolean): Reader =>
  (value, at) =>
    fits(value) ? { [keyword]: value } : fault(at, `expected ${expected}.`);

const isCount = (value: Json): boolean => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const count = (keyword: string): Reader => kept(keyword, "a whole number from 0", isCount);
const number = (keyword: string): Reader => kept(keyword, "a number", (value) => typeof value === "number");
const isNames = (value: Json): boolean => Array.isArray(value) && (value as readonly Json[]).every((one) => typeof one === "string");

const one =
  (keyword: string): Reader =>
  (value, at) => ({ [keyword]: schema(value, at) });

const list =
  (keyword: string): Reader =>
  (value, at) => {
    if (!Array.isArray(value) || value.length === 0) return fault(at, "expected an array of schemas that is not empty.");
    return { [keyword]: (value as readonly Json[]).map((each, index) => schema(each, below(at, index))) };
  };

const named =
  (keyword: string, read: (value: Json, at: Place) => Json = schema): Reader =>
  (value, at) => {
    if (!isObject(value)) return fault(at, "expected an object of schemas.");
    // Without a prototype: nobody finds a schema named `constructor` that nobody wrote.
    return {
      [keyword]: Object.assign(
        Object.create(null),
        Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each, below(at, name))])),
      ) as Json,
    };
  };

/** What is only referred to is read where that is done, and looked at here too. */
const definitions: Reader = (value, at) => {
  named("", schema)(value, at);
  return {};
};

const namesOf = (value: Json, at: Place): Json => (isNames(value) ? value : (fault(at, "expected an array of names."), []));

function typeNames(value: Json, at: Place): Readonly<Record<string, Json>> {
  const given = (Array.isArray(value) ? value : [value]) as readonly Json[];
  const fits = given.length > 0 && given.every((each) => typeof each === "string" && types.includes(each));
  return fits ? { type: value } : fault(at, `expected one or more of ${types.join(", ")}.`);
}

function pattern(value: Json, at: Place): Readonly<Record<string, Json>> {
  if (typeof value !== "string") return fault(at, "expected a regular expression.");
  try {
    parsePattern(value);
    return { pattern: value };
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return fault(at, `the regular expression cannot be used: ${error.message} at position ${error.at}.`);
  }
}

/** The keywords that are evaluated (JSON Schema 2020-12 and draft-07), and what becomes of them: others would not be, so they are refused. */
const keywords: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(["title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "writeOnly"].map((name) => [name, annotation])),
  $schema: (value, at) => (typeof value === "string" && dialects.test(value) ? {} : fault(at, "expected draft-07, 2019-09 or 2020-12 of json-schema.org.")),
  $defs: definitions,
  definitions,
  type: typeNames,
  enum: kept("enum", "an array that is not empty", (value) => Array.isArray(value) && value.length > 0),
  const: (value) => ({ const: value }),
  format: kept("format", `one of ${Object.keys(formats).join(", ")}`, (value) => typeof value === "string" && Object.hasOwn(formats, value)),
  pattern,
  minLength: count("minLength"),
  maxLength: count("maxLength"),
  minItems: count("minItems"),
  maxItems: count("maxItems"),
  minProperties: count("minProperties"),
  maxProperties: count("maxProperties"),
  uniqueItems: kept("uniqueItems", "true or false", (value) => typeof value === "boolean"),
  minimum: number("minimum"),
  maximum: number("maximum"),
  exclusiveMinimum: number("exclusiveMinimum"),
  exclusiveMaximum: number("exclusiveMaximum"),
  multipleOf: kept("multipleOf", "a number above 0", (value) => typeof value === "number" && value > 0),
  required: kept("required", "an array of names", isNames),
  dependentRequired: named("dependencies", namesOf),
  properties: named("properties"),
  additionalProperties: one("additionalProperties"),
  propertyNames: one("propertyNames"),
  prefixItems: list("items"),
  additionalItems: one("additionalItems"),
  contains: one("contains"),
  items: (value, at) => (Array.isArray(value) ? list("items")(value, at) : { items: schema(value, at) }),
  allOf: list("allOf"),
  anyOf: list("anyOf"),
  oneOf: list("oneOf"),
  not: one("not"),
  if: one("if"),
  ["then" as string]: one("then"),
  else: one("else"),
};

/** One schema with its references written out, as draft-07 says the same. */
function schema(value: Json, at: Place): Json {
  const { reading } = at;
  reading.parts += 1;
  if (typeof value === "boolean") return value;
  if (!isObject(value)) return fault(at, "expected a schema: an object, true or false.");
  if (reading.parts > schemaBounds.parts)
    return reading.parts === schemaBounds.parts + 1
      ? fault(at, `the schema has more than ${schemaBounds.parts} parts, what is referred to counted each time.`)
      : {};
  if (at.depth > schemaBounds.depth) return fault(at, `nested deeper than ${schemaBounds.depth} levels.`);
  const { $ref: reference, ...own } = value;
  const out = members(own, at);
  if (reference === undefined) return out;
  const target = referred(reference, below(at, "$ref"));
  return Object.keys(own).length === 0 ? target : { allOf: [target, out] };
}

function members(value: JsonObject, at: Place): JsonObject {
  const parts = Object.entries(value).map(([keyword, each]) => {
    const reader = Object.hasOwn(keywords, keyword) ? keywords[keyword]! : undefined;
    const here = below(at, keyword);
    return reader === undefined ? fault(here, `'${keyword.slice(0, 64)}' is no keyword that is evaluated here.`) : reader(each, here);
  });
  const all: Readonly<Record<string, Json>> = Object.assign({}, ...parts) as Readonly<Record<string, Json>>;
  // Of 2020-12: behind prefixItems, `items` is what draft-07 calls additionalItems.
  return Object.hasOwn(value, "prefixItems") && Object.hasOwn(value, "items") ? { ...all, ...prefixed(value, at) } : all;
}

function prefixed(value: JsonObject, at: Place): JsonObject {
  const rest = schema(value["items"]!, below(at, "items"));
  return { ...list("items")(value["prefixItems"]!, below(at, "prefixItems")), additionalItems: rest };
}

/** What a reference within the schema leads to; nothing outside is asked, and nothing leads back to itself. */
function referred(reference: Json, at: Place): Json {
  if (typeof reference !== "string" || !/^#(?:\/|$)/.test(reference)) return fault(at, "expected a reference within this schema, such as '#/$defs/address'.");
  if (at.through.includes(reference)) return fault(at, "it leads back to itself: what has no end is not evaluated here.");
  const steps = reference === "#" ? [] : reference.slice(2).split("/").map(unescaped);
  let found: Json | undefined = at.reading.root;
  for (const step of steps)
    found = isObject(found) && Object.hasOwn(found, step) ? found[step] : Array.isArray(found) ? (found as readonly Json[])[Number(step)] : undefined;
  if (found === undefined) return fault(at, `there is nothing at '${reference.slice(0, 100)}'.`);
  return schema(found, { ...at, through: [...at.through, reference] });
}

function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}

/** A schema as it is evaluated: bounded, checked, with its references written out. */
export type Expanded = { readonly schema: JsonObject; readonly parts: number } | { readonly faults: readonly SchemaFault[] };

/**
 * Reads a JSON Schema of an object (2020-12, 2019-09 or draft-07, without what needs a resolver: remote, dynamic and recursive references). Every keyword has to be
 * one that is evaluated, every regular expression one that needs no backtracking.
 */
export function expandSchema(value: Json): Expanded {
  if (!isObject(value)) return { faults: [{ at: "", message: "expected a JSON Schema: an object." }] };
  const { length } = JSON.stringify(value);
  if (length > schemaBounds.characters) return { faults: [{ at: "", message: `expected at most ${schemaBounds.characters} characters, got ${length}.` }] };
  const reading: Reading = { root: value, faults: [], parts: 0 };
  const whole = schema(plain(value), { at: "", reading, through: ["#"], depth: 0 });
  if (reading.faults.length > 0) return { faults: reading.faults.slice(0, 20) };
  const { type = "object" } = value;
  if (type !== "object") return { faults: [{ at: "/type", message: "expected 'object': parameters have names." }] };
  return { schema: { ...(whole as JsonObject), type: "object" }, parts: reading.parts };
}

/** Numbers that JavaScript cannot hold, as near as it can. */
function plain(value: Json): Json {
  if (isRawNumber(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return (value as readonly Json[]).map(plain);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)])) : value;
}
