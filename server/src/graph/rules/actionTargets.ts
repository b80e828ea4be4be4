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

/** The targets in the values of parameters: the whole value, the members of a list, the host of a URL. `names`: of the parameters that name targets; all of them where none is said. */
export function actionTargets(pairs: readonly PlacedPair[], names: readonly string[]): readonly ActionTarget[] {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return pairs.flatMap(({ path, pair }) => {
    const parameter = textOf(pair["name"]);
    if (wanted.size > 0 && !wanted.has(parameter.toLowerCase())) return [];
    return [...new Set(valuesIn(textOf(pair["value"])))].map((value) => ({ path: `${path}/value`, parameter, value }));
  });
}

function valuesIn(text: string): readonly string[] {
  const whole = text.trim();
  if (whole === "") return [];
  const members = membersOf(whole);
  return (members.length === 0 ? [whole] : [whole, ...members]).flatMap((value) => [value, ...hostOf(value)]);
}

/** A list as JSON, or with commas, semicolons, bars or white space between its members. */
function membersOf(text: string): readonly string[] {
  if (/^[[{"]/.test(text)) {
    const json = readJson(text);
    if (json !== undefined) return textsIn(json);
  }
  const parts = text.split(/[\s,;|]+/).filter((part) => part !== "");
  return parts.length > 1 ? parts : [];
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Without recursion: nobody knows how deep it is. */
function textsIn(json: Json): readonly string[] {
  const texts: string[] = [];
  const left: Json[] = [json];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value === "string" && value.trim() !== "") texts.push(value.trim());
    else if (typeof value === "number") texts.push(String(value));
    else if (typeof value === "object" && value !== null) left.push(...(Object.values(value) as Json[]));
  }
  return texts.toReversed();
}

/** The host that a URL leads to, without who asks and by which port; also of one without a scheme, or with backslashes, which browsers read as slashes. */
function hostOf(value: string): readonly string[] {
  const authority = /^(?:[a-z][\da-z+.-]*:)?[/\\]{2}([^/?#\\]*)/i.exec(value)?.[1];
  if (authority === undefined) return [];
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
  return host === "" ? [] : [host.replace(/^\[(.*)\]$/, "$1")];
}
