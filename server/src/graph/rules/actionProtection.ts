import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { ActionPart } from "./actionParts.ts";
import { actionTargets, type ActionTarget } from "./actionTargets.ts";

/** What an action touches, in all of its parts: the values of those parameters that its connector says name targets, or of all of them. */
export function targetsOfParts(parts: readonly ActionPart[], action: JsonObject | undefined): readonly ActionTarget[] {
  const said = action?.["targetParameters"] ?? null;
  const names = Array.isArray(said) ? (said as readonly Json[]).map(textOf) : [];
  return parts.flatMap(({ pairs }) => actionTargets(pairs, names));
}
