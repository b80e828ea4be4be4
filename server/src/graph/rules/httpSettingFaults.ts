import { parseJsonPointer } from "../../base/jsonPointer.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { readCall } from "../../base/template/callTemplate.ts";
import { objectsOf } from "./objectsOf.ts";
import type { Fault } from "./faults.ts";
import type { FindFaults } from "./settingFaults.ts";

/** Faults of `securityHttpSettings`. */
export const httpFaults: FindFaults = (settings, actions) => {
  const { poll, cancel } = settings;
  const faults = [...requestFaults(settings, actions), ...pointerFaults(settings), ...secondsFaults(settings, "http")];
  const usual = { headers: settings["headers"] ?? null };
  for (const [name, call] of Object.entries({ poll, cancel })) if (isObject(call)) faults.push(...callFaults(call, usual, `http/${name}`));
  return faults;
};

function callFaults(call: JsonObject, usual: JsonObject, at: string): Fault[] {
  const read = readCall(call, usual, at === "http/poll" || at === "http/cancel");
  return Array.isArray(read) ? read.map(({ member, message }) => ({ target: `${at}/${member}`, message: `${message}.` })) : [];
}

/** Each action has a request: its own, or that of all. */
function requestFaults(settings: JsonObject, actions: readonly string[]): Fault[] {
  const requests = objectsOf(settings["requests"]);
  const named = requests.map((request) => textOf(request["action"]));
  const faults = requests.flatMap((request, index) => {
    const at = `http/requests[${index}]`;
    const action = named[index]!;
    if (!actions.includes(action)) return [{ target: `${at}/action`, message: `this connector has no action '${action}'; it has ${actions.join(", ")}.` }];
    if (named.indexOf(action) !== index) return [{ target: `${at}/action`, message: `the action '${action}' has its request already.` }];
    return callFaults(request, settings, at);
  });
  const isCovered = actions.length > 0 && actions.every((action) => named.includes(action));
  // What all actions have otherwise need not be whole.
  if (isCovered && textOf(settings["url"]) === "") return faults;
  return [...callFaults(settings, {}, "http"), ...faults];
}

const lists = ["completedValues", "runningValues", "failedValues"];

function pointerFaults(settings: JsonObject): Fault[] {
  const faults = ["statusPointer", "handlePointer", "messagePointer"]
    .filter((name) => typeof settings[name] === "string" && parseJsonPointer(settings[name]) === undefined)
    .map((name) => ({ target: `http/${name}`, message: `a JSON Pointer begins with '/', as in /result/state.` }));
  const values = lists.flatMap((name) => textsOf(settings[name]).map((value) => [name, value] as const));
  const hasPointer = textOf(settings["statusPointer"]) !== "";
  if (values.length > 0 && !hasPointer) faults.push({ target: "http/statusPointer", message: "it is needed where values of it are named." });
  if (hasPointer && textsOf(settings["completedValues"]).length === 0) {
    faults.push({ target: "http/completedValues", message: "no value is named that means that it is done." });
  }
  for (const [name, value] of values) {
    const other = values.find(([otherName, otherValue]) => otherName !== name && otherValue === value)?.[0];
    if (other !== undefined && lists.indexOf(other) < lists.indexOf(name)) {
      faults.push({ target: `http/${name}`, message: `'${value}' is among ${other} too.` });
    }
  }
  return faults;
}

function textsOf(values: Json | undefined): readonly string[] {
  return Array.isArray(values) ? values.map((value: Json) => textOf(value)) : [];
}

/** Faults of `pollSeconds`. */
export function secondsFaults({ pollSeconds }: JsonObject, kind: string): Fault[] {
  if (typeof pollSeconds !== "number" || (pollSeconds >= 1 && pollSeconds <= 86_400)) return [];
  return [{ target: `${kind}/pollSeconds`, message: `1 to 86400 seconds (not ${pollSeconds}).` }];
}
