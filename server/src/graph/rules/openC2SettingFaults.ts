import { textOf, type JsonObject } from "../../base/json.ts";
import { readCommand, readObject } from "../../base/openC2/commandTemplate.ts";
import { usualCommand } from "../../base/openC2/usualCommands.ts";
import { readCall, type CallFault } from "../../base/template/callTemplate.ts";
import { secondsFaults } from "./httpSettingFaults.ts";
import { objectsOf } from "./objectsOf.ts";
import type { Fault } from "./faults.ts";
import type { FindFaults } from "./settingFaults.ts";

/** Faults of `securityOpenC2Settings`: every action has a command, and commands, targets and placeholders are such. */
export const openC2Faults: FindFaults = (settings, actions) => {
  const mappings = objectsOf(settings["commands"]);
  const named = mappings.map((mapping) => textOf(mapping["action"]));
  const missing = actions
    .filter((action) => !named.includes(action) && usualCommand(action) === undefined)
    .map((action) => ({ target: "openc2/commands", message: `what the action '${action}' becomes is to be named.` }));
  const faults = mappings.flatMap((mapping, index) => {
    const at = `openc2/commands[${index}]`;
    if (!actions.includes(named[index]!)) return [{ target: `${at}/action`, message: `this connector has no action '${named[index]}'.` }];
    // Which parameter a target gets is known where the action names its targets.
    const read = readCommand(mapping, "");
    return Array.isArray(read) ? placed(read, at) : [];
  });
  return [...addressFaults(settings), ...missing, ...faults, ...actuatorFaults(settings), ...secondsFaults(settings, "openc2")];
};

function placed(faults: readonly CallFault[], at: string): Fault[] {
  return faults.map(({ member, message }) => ({ target: `${at}/${member}`, message: `${message}.` }));
}

function addressFaults(settings: JsonObject): Fault[] {
  const read = readCall({ url: settings["url"] ?? null }, {});
  if (Array.isArray(read)) return placed(read, "openc2");
  const isPlain = textOf(settings["url"]).search(/[{}]/) === -1;
  return isPlain ? [] : [{ target: "openc2/url", message: "the address of a consumer has no placeholders." }];
}

function actuatorFaults(settings: JsonObject): Fault[] {
  const faults: CallFault[] = [];
  const text = textOf(settings["actuator"]);
  const template = text === "" ? undefined : readObject(text, "actuator", faults);
  if (template?.kind === "object" && template.members.length !== 1) faults.push({ member: "actuator", message: "an actuator has one member, its profile" });
  return placed(faults, "openc2");
}
