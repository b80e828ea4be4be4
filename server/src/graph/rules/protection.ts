import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Found, NamedReads, Refusal, TextRange } from "../../edm/rules.ts";
import type { ActionTarget } from "./actionTargets.ts";
import { keysTouchedBy } from "./targetKeys.ts";

const place = "security/protectedTargets";
/** Different values that one request may name. */
const mostValues = 5000;

function valuesOf(targets: readonly ActionTarget[]): readonly string[] {
  return [...new Set(targets.map(({ value }) => value))];
}

/** How many targets are protected in the hub: where none is, nothing else is asked. */
export const protectionCount: NamedReads = { protectedCount: { kind: "count", place, parents: [] } };

/** Finds what protects these targets; to be asked after `protectionCount`. */
export function protectionReads(targets: readonly ActionTarget[], found: Found): NamedReads {
  if (Number(found["protectedCount"]) === 0 || Object.hasOwn(found, "protectedTargets")) return {};
  const values = valuesOf(targets);
  if (values.length > mostValues || values.length === 0) return {};
  const ranges = new Map<string, TextRange>();
  for (const value of values) for (const range of keysTouchedBy(value)) ranges.set(range[0] === range[1] ? range[0] : range.join(" "), range);
  return { protectedTargets: { kind: "within", place, path: "canonicalValue", ranges: [...ranges.values()] } };
}

/** Why an action may not touch these targets; undefined where nothing protects them. */
export function protectionRefusal(targets: readonly ActionTarget[], found: Found): Refusal | undefined {
  const protecting = (found["protectedTargets"] ?? []) as readonly JsonObject[];
  if (Number(found["protectedCount"]) > 0 && valuesOf(targets).length > mostValues) {
    const what = `The parameters name more than ${mostValues} different targets; whether they are protected cannot be told. Send several actions.`;
    return { refuse: "targetProtected", parameters: { what }, extras: { target: targets[0]!.path } };
  }
  if (protecting.length === 0) return undefined;
  const hits = targets.flatMap((target) => hitsOf(target, protecting));
  const [first] = hits;
  if (first === undefined) return undefined;
  const details = hits.slice(0, 100).map(({ path, what }) => ({ code: "TargetProtected", message: what, target: path }));
  return { refuse: "targetProtected", parameters: { what: first.what }, extras: { target: first.path, details } };
}

function hitsOf({ path, parameter, value }: ActionTarget, protecting: readonly JsonObject[]): readonly { readonly path: string; readonly what: string }[] {
  const ranges = keysTouchedBy(value);
  const isIn = (key: string): boolean => ranges.some(([least, most]) => key >= least && key <= most);
  const hit = protecting.find((one) => isIn(textOf(one["canonicalValue"])));
  if (hit === undefined) return [];
  const shown = value.length > 100 ? `${value.slice(0, 100)}...` : value;
  return [{ path, what: `Parameter '${parameter}': '${shown}' touches ${nameOf(hit)}, which no action may touch${reasonOf(hit["reason"])}` }];
}

function nameOf({ kind = null, value = null, id = null }: JsonObject): string {
  return `the protected ${kind === "other" ? "target" : textOf(kind)} '${textOf(value)}' (${textOf(id)})`;
}

function reasonOf(reason: Json | undefined): string {
  const said = textOf(reason).trim();
  return said === "" ? "." : `: ${said}${/[.!?]$/.test(said) ? "" : "."}`;
}
