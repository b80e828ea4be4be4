import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { checkParameters, type ParameterPair } from "../../base/jsonSchema/checkParameters.ts";
import { expandSchema } from "../../base/jsonSchema/expandSchema.ts";
import type { Fault } from "./faults.ts";

/** Actions that a connector may have. */
const most = 100;
const nameForm = /^[A-Za-z][\w.-]{0,127}$/;
const longest: Readonly<Record<string, number>> = { displayName: 256, description: 4096 };

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
}

/** What is wrong with the actions of a connector, by path. */
export function actionFaults(entity: JsonObject): readonly Fault[] {
  const actions = objectsOf(entity["actions"]);
  if (actions.length === 0) return [{ target: "actions", message: "expected at least one action." }];
  if (actions.length > most) return [{ target: "actions", message: `expected at most ${most} actions, got ${actions.length}.` }];
  const byName = new Map(actions.map((one) => [textOf(one["name"]), one]));
  return [...doubleFaults(actions), ...actions.flatMap((one, index) => faultsOf(one, { at: `actions[${index}]`, byName }))];
}

/** Names that differ in case alone would be taken for one another. */
function doubleFaults(actions: readonly JsonObject[]): readonly Fault[] {
  const seen = new Map<string, string>();
  return actions.flatMap((one, index) => {
    const name = textOf(one["name"]);
    const other = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    return other === undefined ? [] : [{ target: `actions[${index}]/name`, message: `there is an action '${other.slice(0, 128)}' already.` }];
  });
}

interface Among {
  readonly at: string;
  readonly byName: ReadonlyMap<string, JsonObject>;
}

function faultsOf(one: JsonObject, { at, byName }: Among): readonly Fault[] {
  const name = textOf(one["name"]);
  const faults: Fault[] = [];
  if (!nameForm.test(name)) faults.push({ target: `${at}/name`, message: "expected a letter, then letters, digits, '_', '.' or '-', at most 128 characters." });
  for (const [member, limit] of Object.entries(longest)) {
    const { length } = textOf(one[member]);
    if (length > limit) faults.push({ target: `${at}/${member}`, message: `expected at most ${limit} characters, got ${length}.` });
  }
  const reverse = one["reverse"] ?? null;
  if (reverse !== null && (reverse === name || !byName.has(textOf(reverse)))) {
    faults.push({ target: `${at}/reverse`, message: `expected another action of this connector, got '${textOf(reverse).slice(0, 128)}'.` });
  }
  return [...faults, ...parameterFaults(one, { at, byName })];
}

/** The schema, the example by it, and what else speaks of its parameters. */
function parameterFaults(one: JsonObject, { at, byName }: Among): readonly Fault[] {
  const schema = one["parameters"] ?? null;
  if (schema !== null) {
    const expanded = expandSchema(schema);
    if ("faults" in expanded)
      return expanded.faults.map((fault) => ({ target: `${at}/parameters`, message: `${fault.at === "" ? "" : `at '${fault.at}': `}${fault.message}` }));
  }
  const faults = targetFaults(one, schema, at);
  const reverse = byName.get(textOf(one["reverse"]));
  if (reverse !== undefined) faults.push(...reverseFaults(schema, reverse, at));
  const example = objectsOf(one["example"]);
  if (example.length === 0) return faults;
  const checked = checkParameters(schema, example as unknown as readonly ParameterPair[]);
  if (!("faults" in checked)) return faults;
  const told = checked.faults.map(({ parameter, message }) => ({
    target: `${at}/example`,
    message: `${parameter === "" ? "" : `'${parameter}': `}${message}`,
  }));
  return [...faults, ...told];
}

/** The names that a schema gives to parameters; undefined where it leaves them open. */
function namesIn(schema: Json): ReadonlySet<string> | undefined {
  const properties = isObject(schema) ? schema["properties"] : undefined;
  return isObject(properties) ? new Set(Object.keys(properties)) : undefined;
}

function targetFaults(one: JsonObject, schema: Json, at: string): Fault[] {
  const known = namesIn(schema);
  const targets = Array.isArray(one["targetParameters"]) ? (one["targetParameters"] as readonly Json[]) : [];
  return targets.flatMap((name, index): Fault[] => {
    if (known === undefined || known.has(textOf(name))) return [];
    return [{ target: `${at}/targetParameters[${index}]`, message: `its schema has no parameter '${textOf(name).slice(0, 128)}'.` }];
  });
}

/** What takes an action back gets the parameters of that: what it requires has to be among them. */
function reverseFaults(schema: Json, reverse: JsonObject, at: string): readonly Fault[] {
  const known = namesIn(schema);
  const other = reverse["parameters"] ?? null;
  const required = isObject(other) && Array.isArray(other["required"]) ? (other["required"] as readonly Json[]) : [];
  const missing = known === undefined ? undefined : required.find((name) => typeof name === "string" && !known.has(name));
  if (missing === undefined) return [];
  return [
    { target: `${at}/reverse`, message: `'${textOf(reverse["name"])}' requires the parameter '${textOf(missing).slice(0, 128)}', which this action has not.` },
  ];
}
