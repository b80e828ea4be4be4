import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";
import { placedPairs, type PlacedPair } from "./actionTargets.ts";
import { invalid } from "./refusals.ts";

/** Targets that one action may have. */
const mostTargets = 1000;
/** Bytes of JSON that the children of one action may repeat. */
const mostRepeated = 8_388_608;

/** What is carried out by itself: the action, or what it does to one of its targets. */
export interface ActionPart {
  /** Where it stands in the body; "" for an action without `targets`. */
  readonly at: string;
  readonly pairs: readonly PlacedPair[];
}

function targetsIn({ targets = null }: JsonObject): readonly Json[] {
  return Array.isArray(targets) ? (targets as readonly Json[]) : [];
}

/** Whether an action has children, one for each target. */
export function isBulk(entity: JsonObject): boolean {
  return targetsIn(entity).length > 0;
}

/** The parts of an action: of what a target says itself the action's own parameters say nothing. */
export function partsOf(entity: JsonObject): readonly ActionPart[] {
  const common = placedPairs(entity["parameters"], "parameters");
  if (!isBulk(entity)) return [{ at: "", pairs: common }];
  return targetsIn(entity).map((target, index) => {
    const at = `targets[${index}]`;
    const own = placedPairs(isObject(target) ? target["parameters"] : null, `${at}/parameters`);
    const said = new Set(own.map(nameOf));
    return { at, pairs: [...common.filter((one) => !said.has(nameOf(one))), ...own] };
  });
}

function nameOf({ pair }: PlacedPair): string {
  return textOf(pair["name"]).toLowerCase();
}

/** What is wrong with the targets of an action as such. */
export function partsRefusal(entity: JsonObject): Refusal | undefined {
  const { length } = targetsIn(entity);
  if (length === 0) return undefined;
  if (length > mostTargets) return invalid("targets", `Property 'targets': expected at most ${mostTargets} targets, got ${length}. Send several actions.`);
  const { parameters = [], actionReason = null, clientContext = null } = entity;
  const repeated = length * JSON.stringify([parameters, actionReason, clientContext]).length;
  if (repeated > mostRepeated) {
    const what = `The parameters, 'actionReason' and 'clientContext' stand in each of the ${length} actions that are made: ${repeated} characters, the limit is ${mostRepeated}.`;
    return { refuse: "tooLarge", parameters: { what }, extras: { target: "targets" } };
  }
  const empty = partsOf(entity).find(({ pairs }) => pairs.length === 0);
  return empty === undefined ? undefined : invalid(`${empty.at}/parameters`, `Property '${empty.at}/parameters' is required.`);
}
