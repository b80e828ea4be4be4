import jsonschema, { type ValidationError } from "jsonschema";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { createMatcher } from "../pattern/matcher.ts";
import { createRecent } from "../recent.ts";
import { formats } from "./formats.ts";

/** What is wrong with a parameter. */
export interface ParameterFault {
  /** Its name, and the way into it: `hosts[0]/ip`; "" where no single one is at fault. */
  readonly parameter: string;
  /** What was expected, and what was found. */
  readonly message: string;
}

/** Faults that are told at most. */
const most = 20;

/** What of typed parameters does not fit a schema that was expanded. */
export function parameterFaults(values: Readonly<Record<string, Json>>, schema: JsonObject): readonly ParameterFault[] {
  const { errors } = validator().validate(values, schema);
  const telling = errors.filter(({ name }) => !joining.has(name));
  const faults = (telling.length > 0 ? telling : errors).map((one) => faultOf(one, schema));
  return [...new Map(faults.map((one) => [JSON.stringify(one), one])).values()].slice(0, most);
}

/** Keywords whose parts tell more than they do. */
const joining: ReadonlySet<string> = new Set(["allOf", "if"]);

let made: jsonschema.Validator | undefined;

/** The interpreter, with our own formats and regular expressions: neither backtracks. */
function validator(): jsonschema.Validator {
  if (made !== undefined) return made;
  made = new jsonschema.Validator();
  made.attributes["pattern"] = tested("pattern", (text, pattern) => matcherOf(pattern)(text));
  made.attributes["format"] = tested("format", (text, format) => formats[format]?.(text) === true);
  return made;
}

function tested(name: "pattern" | "format", fits: (text: string, argument: string) => boolean): jsonschema.CustomProperty {
  return (instance: unknown, schema, options, context) => {
    const result = new jsonschema.ValidatorResult(instance, schema, options, context);
    const argument = String(schema[name]);
    if (typeof instance === "string" && !fits(instance, argument)) result.addError({ name, argument, message: name });
    return result;
  };
}

const matchers = createRecent<ReturnType<typeof createMatcher>>({ most: 200 });

function matcherOf(pattern: string): (text: string) => boolean {
  const kept = matchers.find(pattern);
  if (kept !== undefined) return kept;
  const matcher = createMatcher(pattern);
  matchers.keep(pattern, matcher);
  return matcher;
}

function faultOf(error: ValidationError, schema: JsonObject): ParameterFault {
  const { name, path, instance } = error;
  const argument = error.argument as unknown;
  if (name === "required") return { parameter: pathText([...path, String(argument)]), message: "required." };
  if (name === "additionalProperties") return { parameter: pathText([...path, String(argument)]), message: unknownName(path.length === 0 ? schema : {}) };
  const expected = expectations[name]?.(argument) ?? `what its schema allows ('${name}')`;
  return { parameter: pathText(path), message: `expected ${expected}${path.length === 0 ? "" : `, got ${shown(instance)}`}.` };
}

function unknownName({ properties }: JsonObject): string {
  const known = isObject(properties) ? Object.keys(properties).slice(0, 50).join(", ") : "";
  return known === "" ? "there is no such parameter." : `there is no such parameter; there are ${known}.`;
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `/${step}`)).join("");
}

const typeWords: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  integer: "a whole number",
  null: "null",
  number: "a number",
  object: "an object",
  string: "a text",
};

const expectations: Readonly<Record<string, (argument: unknown) => string>> = {
  type: (types) => (types as readonly string[]).map((one) => typeWords[one]).join(" or ") || "nothing",
  format: (format) => `the format ${String(format)}`,
  pattern: (pattern) => `a text that matches ${cut(String(pattern))}`,
  enum: (values) => `one of ${cut((values as readonly unknown[]).map((one) => JSON.stringify(one)).join(", "))}`,
  const: (value) => cut(JSON.stringify(value)),
  minimum: (least) => `at least ${String(least)}`,
  maximum: (most_) => `at most ${String(most_)}`,
  exclusiveMinimum: (bound) => `more than ${String(bound)}`,
  exclusiveMaximum: (bound) => `less than ${String(bound)}`,
  multipleOf: (step) => `a multiple of ${String(step)}`,
  minLength: (least) => `at least ${String(least)} characters`,
  maxLength: (longest) => `at most ${String(longest)} characters`,
  minItems: (least) => `at least ${String(least)} elements`,
  maxItems: (longest) => `at most ${String(longest)} elements`,
  minProperties: (least) => `at least ${String(least)} members`,
  maxProperties: (longest) => `at most ${String(longest)} members`,
  uniqueItems: () => "no element twice",
};

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197).toWellFormed()}...` : text;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77).toWellFormed()}...` : text;
}
