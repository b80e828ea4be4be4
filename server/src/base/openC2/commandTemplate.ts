import { isObject, textOf, type Json, type JsonObject } from "../json.ts";
import type { CallFault } from "../template/callTemplate.ts";
import { parseJsonTemplate, placeholdersOf, renderJson, type JsonTemplate } from "../template/jsonTemplate.ts";
import { TemplateFault } from "../template/parseTemplate.ts";
import { placeholderFault } from "../template/placeholderFault.ts";
import type { Values } from "../template/renderTemplate.ts";
import { ValueFault } from "../template/valueFault.ts";
import { ipNet } from "./ipNet.ts";
import { commandActions, isProfileTarget, isTarget, textTargets } from "./vocabulary.ts";

/** What an action becomes, compiled. */
export interface CommandTemplate {
  readonly command: string;
  /** A target with its value as a template, or by name with the value of a parameter. */
  readonly target: { readonly kind: "json"; readonly template: JsonTemplate } | { readonly kind: "named"; readonly name: string; readonly parameter: string };
  readonly arguments?: JsonTemplate;
}

/**
 * Compiles a mapping (`command`, `target`, `parameter`, `arguments` of securityOpenC2Command); `usualParameter` is the one whose value a named target gets
 * where the mapping names none. Answers the template, or all of its faults.
 */
export function readCommand(mapping: JsonObject, usualParameter: string | undefined): CommandTemplate | readonly CallFault[] {
  const faults: CallFault[] = [];
  const command = textOf(mapping["command"]);
  if (!commandActions.has(command))
    faults.push({ member: "command", message: `'${command}' is no action of OpenC2; it has ${[...commandActions].join(", ")}` });
  const target = readTarget(mapping, usualParameter, faults);
  const given = textOf(mapping["arguments"]);
  const compiled = given === "" ? undefined : readObject(given, "arguments", faults);
  if (faults.length > 0 || target === undefined) return faults;
  return { command, target, ...(compiled !== undefined && { arguments: compiled }) };
}

function readTarget(mapping: JsonObject, usualParameter: string | undefined, faults: CallFault[]): CommandTemplate["target"] | undefined {
  const written = textOf(mapping["target"]).trim();
  const fault = (member: string, message: string): undefined => void faults.push({ member, message });
  if (written.startsWith("{")) {
    const template = readObject(written, "target", faults);
    if (template === undefined) return undefined;
    const names = template.kind === "object" ? template.members.map(([name]) => name) : [];
    if (names.length === 1 && isTarget(names[0]!)) return { kind: "json", template };
    return fault("target", `a target is an object with one member that is a target of OpenC2 (not ${names.join(", ") || "none"})`);
  }
  if (!textTargets.has(written) && !isProfileTarget(written)) {
    return fault(
      "target",
      `'${written}' is no target whose value is a text; it is one of ${[...textTargets].join(", ")}, or a JSON object such as {"device":{"hostname":"{parameters.host}"}}`,
    );
  }
  const parameter = textOf(mapping["parameter"]) || usualParameter;
  if (parameter === undefined) return fault("parameter", "the parameter is to be named whose value the target gets");
  return { kind: "named", name: written, parameter };
}

/** A template that is an object with placeholders that are known. */
export function readObject(text: string, member: string, faults: CallFault[]): JsonTemplate | undefined {
  try {
    const template = parseJsonTemplate(text);
    if (template.kind !== "object") throw new TemplateFault("a JSON object is needed", 0);
    const strange = placeholdersOf(template)
      .map((one) => placeholderFault(one, false))
      .filter((fault) => fault !== undefined);
    faults.push(...strange.map((message) => ({ member, message })));
    return template;
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    faults.push({ member, message: `${error.message} (at character ${error.at + 1})` });
    return undefined;
  }
}

/** The action, target and arguments of a command. Throws a ValueFault for a value that is no such target. */
export function renderCommand({ command, target, arguments: given }: CommandTemplate, values: Values): JsonObject {
  const args = given === undefined ? {} : (renderJson(given, values) as JsonObject);
  return {
    action: command,
    target: target.kind === "json" ? renderJson(target.template, values) : namedTarget(target, values),
    args: { response_requested: "complete", ...args },
  };
}

function namedTarget({ name, parameter }: { readonly name: string; readonly parameter: string }, values: Values): JsonObject {
  const value = values(["parameters", parameter]) ?? null;
  if (value === null || isObject(value) || Array.isArray(value)) throw new ValueFault(`the parameter '${parameter}' has no value that is a single one`);
  if (isProfileTarget(name)) return { [name]: numberIfOne(value) };
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (!name.endsWith("_net")) {
    if (text === "" || !text.isWellFormed()) throw new ValueFault(`the parameter '${parameter}' is no ${name}`);
    return { [name]: text };
  }
  const net = ipNet(text);
  if (net === undefined || (name !== "ip_net" && net.target !== name)) throw new ValueFault(`the parameter '${parameter}' is no ${name}`);
  return { [net.target]: net.value };
}

function numberIfOne(value: Json): Json {
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
}
