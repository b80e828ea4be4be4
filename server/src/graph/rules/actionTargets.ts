import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";

/** A parameter of an action and where it stands in the body: `parameters[0]`, `targets[3]/parameters[0]`. */
export interface PlacedPair {
  readonly path: string;
  readonly pair: JsonObject;
}

/** The pairs of a collection that stands at a path. */
export function placedPairs(parameters: Json | undefined, at: string): readonly PlacedPair[] {
  const pairs = Array.isArray(parameters) ? (parameters as readonly Json[]) : [];
  return pairs.flatMap((pair, index) => (isObject(pair) ? [{ path: `${at}[${index}]`, pair }] : []));
}

/** A value of a parameter that names something an action touches. */
export interface ActionTarget {
  /** Where it stands in the body: `parameters[0]/value`. */
  readonly path: string;
  /** The name of the parameter. */
  readonly parameter: string;
  readonly value: string;
}

/** JSON within a text within JSON that is read. */
const deepest = 3;

/** The targets in the values of parameters: the whole value and the members of a list, nested ones too. `names`: of the parameters that name targets; all of them where none is said. */
export function actionTargets(pairs: readonly PlacedPair[], names: readonly string[]): readonly ActionTarget[] {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return pairs.flatMap(({ path, pair }) => {
    const parameter = textOf(pair["name"]);
    if (wanted.size > 0 && !wanted.has(parameter.toLowerCase())) return [];
    return [...new Set(valuesIn(textOf(pair["value"]), 0))].map((value) => ({ path: `${path}/value`, parameter, value }));
  });
}

function valuesIn(text: string, depth: number): readonly string[] {
  const whole = text.trim();
  if (whole === "") return [];
  const json = depth < deepest && /^[[{"]/.test(whole) ? readJson(whole) : undefined;
  return [whole, ...(json === undefined ? membersOf(whole) : textsIn(json).flatMap((one) => valuesIn(one, depth + 1)))];
}

/** A list with commas, semicolons, bars or lines between its members, whose words may be members too. */
function membersOf(text: string): readonly string[] {
  const parts = text.normalize("NFKC").split(/[\p{Cc},;|<>\u2028\u2029\u3001]+/u);
  const words = parts.flatMap((part) => part.split(/\s+/));
  return words.length === 1 ? [] : [...parts, ...words].map((part) => part.trim()).filter((part) => part !== "");
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Without recursion: nobody knows how deep it is. Of the names of members those that are no words. */
function textsIn(json: Json): readonly string[] {
  const texts: string[] = [];
  const left: Json[] = [json];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "number") texts.push(String(value));
    else if (typeof value === "object" && value !== null) left.push(...(Object.values(value) as Json[]), ...telling(value));
  }
  return texts.toReversed();
}

function telling(value: object): readonly string[] {
  return Array.isArray(value) ? [] : Object.keys(value).filter((name) => /[.:@]/.test(name));
}
