import { isObject, textOf, type Json, type JsonObject } from "../../../base/json.ts";
import { readCall, renderCall, type CallTemplate, type RenderedCall } from "../../../base/template/callTemplate.ts";
import { ValueFault } from "../../../base/template/valueFault.ts";
import type { Connection, Order, Report } from "../../dispatch/connection.ts";
import { callOut, isReport, type CallParts } from "../callOut.ts";
import { orderValues, wholeOrder } from "../orderValues.ts";
import { sameAction } from "../sameAction.ts";
import { httpAnswer, unasked, type Asking } from "./httpAnswer.ts";

/** Tells endpoints over HTTP what to do, by the templates of their settings (`securityHttpSettings`). */
export function httpConnection(parts: CallParts): Connection {
  return {
    deliver: (order, signal) => ask({ order, asking: "deliver", signal }, parts),
    poll: (order, handle, signal) => ask({ order, asking: "poll", handle, signal }, parts),
    cancel: (order, handle, signal) => ask({ order, asking: "cancel", handle, signal }, parts),
  };
}

interface Asked {
  readonly order: Order;
  readonly asking: Asking;
  readonly handle?: string | undefined;
  readonly signal: AbortSignal;
}

async function ask(asked: Asked, parts: CallParts): Promise<Report> {
  const settings = objectOf(asked.order.connector["http"]);
  const call = callFor(asked, settings);
  if ("kind" in call) return call;
  const answered = await callOut(call, asked, parts);
  if (!isReport(answered)) return httpAnswer({ answered, settings, asking: asked.asking, now: parts.clock() });
  // Nobody answered how it stands: the work goes on, as far as is known.
  return asked.asking === "poll" && (answered.kind === "unknown" || answered.kind === "busy" || (answered.kind === "failed" && answered.retry))
    ? { kind: "accepted", pollAfter: 15_000 }
    : answered;
}

function objectOf(json: Json | undefined): JsonObject {
  return isObject(json) ? json : {};
}

function callFor(asked: Asked, settings: JsonObject): RenderedCall | Report {
  const { order, asking, handle } = asked;
  const refuse = (code: string, message: string): Report => ({ kind: "failed", retry: false, error: { code, message } });
  const written = writtenFor(asked, settings);
  if (written === undefined) return asking === "poll" ? { kind: "accepted", pollAfter: unasked } : refuse("settings", "This connector cannot end what runs.");
  const template = readCall(written.call, written.usual, asking !== "deliver");
  if (!isTemplate(template)) return refuse("settings", template.map(({ member, message }) => `http/${member}: ${message}`).join("; "));
  try {
    const call = renderCall(template, orderValues(order, handle), wholeOrder(order));
    return { ...call, headers: { ...call.headers, ...identifying(asked) } };
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error;
    return refuse("parameters", `${error.message}.`);
  }
}

/** What an endpoint knows a repetition by, and one that comes too late. */
function identifying({ order, asking }: Asked): Readonly<Record<string, string>> {
  const key = { deliver: order.action.id, cancel: `${order.action.id}-cancel`, poll: undefined }[asking];
  return { ...(key !== undefined && { "idempotency-key": key }), "x-fencing-token": String(order.fencingToken) };
}

function isTemplate(read: ReturnType<typeof readCall>): read is CallTemplate {
  return !Array.isArray(read);
}

/** The call that is meant, and what its absent members are; undefined where there is none. */
function writtenFor({ order, asking, handle }: Asked, settings: JsonObject): { readonly call: JsonObject; readonly usual: JsonObject } | undefined {
  if (asking === "deliver") {
    const requests = settings["requests"];
    const own = Array.isArray(requests) ? requests.find((one: Json) => isObject(one) && sameAction(one["action"], order.action.name)) : undefined;
    return { call: objectOf(own as Json | undefined), usual: settings };
  }
  const usual = { headers: settings["headers"] ?? null };
  if (isObject(settings[asking])) return { call: settings[asking], usual };
  // A handle that is an address came as the Location of an answer, from there.
  return asking === "poll" && handle !== undefined && isFrom(handle, order, settings)
    ? { call: { url: handle.replaceAll(/[{}]/g, "$&$&") }, usual }
    : undefined;
}

function isFrom(handle: string, order: Order, settings: JsonObject): boolean {
  const written = writtenFor({ order, asking: "deliver", signal: AbortSignal.abort() }, settings)!;
  const url = textOf(written.call["url"]) || textOf(settings["url"]);
  const origin = /^https?:\/\/[^/?#]+/i.exec(url)?.[0];
  return origin !== undefined && URL.canParse(handle) && new URL(handle).origin === new URL(origin).origin;
}
