import { randomUUID } from "node:crypto";
import { isObject, textOf, type Json, type JsonObject } from "../../../base/json.ts";
import { readCommand, readObject, renderCommand, type CommandTemplate } from "../../../base/openC2/commandTemplate.ts";
import { usualCommand } from "../../../base/openC2/usualCommands.ts";
import { renderJson } from "../../../base/template/jsonTemplate.ts";
import type { Values } from "../../../base/template/renderTemplate.ts";
import { ValueFault } from "../../../base/template/valueFault.ts";
import type { Connection, Order, Report } from "../../dispatch/connection.ts";
import { callOut, isReport, type Answered, type CallParts } from "../callOut.ts";
import { orderValues } from "../orderValues.ts";
import { sameAction } from "../sameAction.ts";
import { openC2Request, readOpenC2Response, type Transfer } from "./openC2Message.ts";
import { openC2Report, type Asking } from "./openC2Report.ts";

/**
 * Commands consumers of OASIS OpenC2 (Language Specification 1.0, transfer over HTTPS 1.0 or 1.1). The action's id is the `command_id`, so a consumer knows a
 * repetition; how a command stands is asked by `query` of it, and `cancel` of it ends it.
 */
export function openC2Connection(parts: CallParts): Connection {
  return {
    deliver: (order, signal) => command({ order, asking: "deliver", signal }, parts),
    poll: (order, _, signal) => command({ order, asking: "poll", signal }, parts),
    cancel: (order, _, signal) => command({ order, asking: "cancel", signal }, parts),
    test: (order, signal) => command({ order, asking: "features", signal }, parts),
  };
}

interface Asked {
  readonly order: Order;
  readonly asking: Asking;
  readonly signal: AbortSignal;
}

async function command(asked: Asked, parts: CallParts): Promise<Report> {
  const settings = objectOf(asked.order.connector["openc2"]);
  const made = commandOf(asked, settings);
  if ("kind" in made) return made as Report;
  const requestId = randomUUID();
  const transfer: Transfer = settings["transfer"] === "v1_1" ? "v1_1" : "v1_0";
  const answered = await callOut(openC2Request({ url: textOf(settings["url"]), transfer, requestId, command: made, now: parts.clock() }), asked, parts);
  return reportOf(answered, { asked, settings, requestId, now: parts.clock() });
}

function reportOf(
  answered: Answered | Report,
  reading: { readonly asked: Asked; readonly settings: JsonObject; readonly requestId: string; readonly now: number },
): Report {
  const { asked, settings, requestId, now } = reading;
  if (!isReport(answered)) {
    return openC2Report({ answered, response: readOpenC2Response(answered, requestId), asking: asked.asking, settings, commandId: asked.order.action.id, now });
  }
  const isOpen = asked.asking === "poll" && (answered.kind !== "failed" || answered.retry);
  return isOpen ? { kind: "accepted", pollAfter: 15_000 } : answered;
}

function objectOf(json: Json | undefined): JsonObject {
  return isObject(json) ? json : {};
}

/** The command of what is asked, or why there is none. */
function commandOf({ order, asking }: Asked, settings: JsonObject): JsonObject | Report {
  const actuator = textOf(settings["actuator"]);
  const values = openC2Values(order);
  try {
    const told = actuator === "" ? {} : { actuator: actuatorOf(actuator, values) };
    if (asking === "deliver") return { ...renderCommand(templateFor(order, settings), values), ...told, command_id: order.action.id };
    if (asking === "features")
      return { action: "query", target: { features: ["versions", "profiles", "pairs", "rate_limit"] }, ...told, command_id: order.action.id };
    return { action: asking === "poll" ? "query" : "cancel", target: { command: order.action.id }, ...told };
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    return { kind: "failed", retry: false, error: { code: "parameters", message: `${error.message}.` } };
  }
}

/** As in all templates, but times are milliseconds there (Language 3.4.2.3). */
function openC2Values(order: Order): Values {
  const values = orderValues(order);
  return (path) => (path[0] === "duration" && order.action.duration !== null ? millisecondsOf(order.action.duration) : values(path));
}

const days = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

function millisecondsOf(duration: string): number {
  const [, day = 0, hour = 0, minute = 0, second = 0] = days.exec(duration) ?? [];
  return Math.round((((Number(day) * 24 + Number(hour)) * 60 + Number(minute)) * 60 + Number(second)) * 1000);
}

function actuatorOf(text: string, values: Values): Json {
  const template = readObject(text, "actuator", []);
  if (template === undefined) throw new ValueFault("the actuator of this connector is no template");
  return renderJson(template, values);
}

function templateFor(order: Order, settings: JsonObject): CommandTemplate {
  const { name } = order.action;
  const mapping = objectsIn(settings["commands"]).find(({ action }) => sameAction(action, name)) ?? usualMapping(name);
  if (mapping === undefined) throw new ValueFault(`nothing says what command '${name}' becomes`);
  const read = readCommand(mapping, usualParameter(order));
  if ("command" in read) return read;
  throw new ValueFault(read.map(({ member, message }) => `openc2/commands of '${name}', ${member}: ${message}`).join("; "));
}

function usualMapping(name: string): JsonObject | undefined {
  const usual = usualCommand(name);
  return usual === undefined ? undefined : { command: usual.command, target: usual.target };
}

function objectsIn(values: Json | undefined): readonly JsonObject[] {
  return Array.isArray(values) ? (values as readonly Json[]).filter(isObject) : [];
}

/** The parameter that names the target, as the action's catalogue entry says; the only one, where it does not. */
function usualParameter({ connector, action: { name, parameters } }: Order): string | undefined {
  const entry = objectsIn(connector["actions"]).find((one) => sameAction(one["name"], name));
  const [first] = Array.isArray(entry?.["targetParameters"]) ? (entry["targetParameters"] as readonly Json[]) : [];
  if (typeof first === "string") return first;
  const names = Object.keys(parameters);
  return names.length === 1 ? names[0] : undefined;
}
