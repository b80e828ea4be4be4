import { isObject, textOf, type JsonObject } from "../../base/json.ts";
import type { Fault } from "./faults.ts";

const kinds = ["http", "openc2", "exec", "pull", "mock"];
const needed: Readonly<Record<string, string>> = { http: "url", openc2: "url", exec: "program" };

/** What is wrong with how a connector is reached, by path: its kind has its settings, and no other has. */
export function settingFaults(connector: JsonObject): readonly Fault[] {
  const kind = textOf(connector["kind"]);
  const others = kinds.filter((one) => one !== kind && isObject(connector[one]));
  const own = connector[kind];
  const member = needed[kind];
  const isMissing = member !== undefined && (!isObject(own) || (own[member] ?? "") === "");
  return [
    ...others.map((target) => ({ target, message: `these are settings of another kind; this connector is of the kind '${kind}'.` })),
    ...(isMissing ? [{ target: `${kind}/${member}`, message: "required." }] : []),
  ];
}
