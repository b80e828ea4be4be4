import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
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
  return faults;
}
