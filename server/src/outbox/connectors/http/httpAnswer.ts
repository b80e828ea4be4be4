import { atPointer, parseJsonPointer } from "../../../base/jsonPointer.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../../base/json.ts";
import type { Report } from "../../dispatch/connection.ts";
import type { Answered } from "../callOut.ts";
import { retryAfter } from "../retryAfter.ts";

/** What is asked: to do it, how it stands, or to end it. */
export type Asking = "deliver" | "poll" | "cancel";

interface Reading {
  readonly answered: Answered;
  readonly settings: JsonObject;
  readonly asking: Asking;
  readonly now: number;
}

/** Milliseconds until work is asked for that cannot be asked for: whoever carries it out reports it, or the dispatcher gives it up some day. */
export const unasked = 2_147_483_647;

/** These mean that it did not happen and may later. */
const again: ReadonlySet<number> = new Set([408, 425, 500, 503, 506, 507, 508]);
/** A gateway cannot tell what became of it behind it. */
const gateways: ReadonlySet<number> = new Set([502, 504]);

/**
 * What an answer means. 2xx: done, unless a member of it (`statusPointer`) says otherwise; 202: it runs on; 409 with a higher `X-Fencing-Token`: another
 * has taken over; 429, and 503 with `Retry-After`: busy; 408, 425, 5xx: tried again; other 4xx and redirects: failed.
 */
export function httpAnswer(reading: Reading): Report {
  const { answered, asking, now } = reading;
  const { status, headers, kept } = answered;
  const wait = retryAfter(headers["retry-after"], now);
  if (status >= 200 && status < 300) return success(reading, wait);
  const error = { code: `http${status}`, message: messageOf(reading) };
  // Whoever asks how it stands learns nothing from that: the work goes on.
  if (asking === "poll" && (status === 429 || again.has(status) || gateways.has(status)))
    return { kind: "accepted", ...kept, pollAfter: wait ?? pause(reading) };
  if (asking === "poll" && status === 303) return { kind: "completed", ...kept };
  if (asking === "poll" && (status === 404 || status === 410)) return { kind: "unknown", error, ...kept };
  if (status === 429 || (status === 503 && wait !== undefined)) return { kind: "busy", ...(wait !== undefined && { retryAfter: wait }), error, ...kept };
  if (gateways.has(status)) return { kind: "unknown", error, ...kept };
  if (status === 409 && headers["x-fencing-token"] !== undefined) {
    return { kind: "unknown", error: { code: "staleToken", message: "The endpoint has seen a higher fencing token of this action." }, ...kept };
  }
  return { kind: "failed", retry: again.has(status), error, ...kept };
}

function success(reading: Reading, wait: number | undefined): Report {
  const { answered, settings, asking } = reading;
  const { status, kept } = answered;
  const goesOn = (): Report => {
    const handle = asking === "deliver" ? handleOf(reading) : undefined;
    const canAsk = asking !== "deliver" || handle !== undefined || isObject(settings["poll"]);
    return { kind: "accepted", ...kept, ...(handle !== undefined && { handle }), pollAfter: canAsk ? (wait ?? pause(reading)) : unasked };
  };
  const pointer = textOf(settings["statusPointer"]);
  if (asking === "cancel" || pointer === "" || status === 204) return status === 202 ? goesOn() : { kind: "completed", ...kept };
  const found = atPointer(jsonOf(answered), parseJsonPointer(pointer) ?? []);
  const means = (name: string): boolean => found !== undefined && valuesOf(settings[name]).has(textOfScalar(found));
  if (means("completedValues")) return { kind: "completed", ...kept };
  if (means("failedValues")) return { kind: "failed", retry: false, error: { code: textOfScalar(found!), message: messageOf(reading) }, ...kept };
  if (means("runningValues") || status === 202) return goesOn();
  return { kind: "unknown", error: { code: "rubbish", message: `The answer ${status} does not say at ${pointer} how it stands.` }, ...kept };
}

function valuesOf(values: Json | undefined): ReadonlySet<string> {
  return new Set(Array.isArray(values) ? values.map((value: Json) => textOf(value)) : []);
}

function textOfScalar(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function jsonOf({ text }: Answered): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const pause = ({ settings }: Reading): number => Math.min(Math.max(Number(settings["pollSeconds"] ?? 5), 1), 86_400) * 1000;

/** The id of work that runs on: what the answer's body says, else its Location, which must lead to the same place as the call did. */
function handleOf({ answered, settings }: Reading): string | undefined {
  const pointer = textOf(settings["handlePointer"]);
  const told = pointer === "" ? undefined : atPointer(jsonOf(answered), parseJsonPointer(pointer) ?? []);
  if (told !== undefined && told !== null) return textOfScalar(told).slice(0, 2048);
  const location = answered.headers["location"];
  if (typeof location !== "string" || !URL.canParse(location, answered.url)) return undefined;
  const { href, origin } = new URL(location, answered.url);
  return origin === new URL(answered.url).origin && href.length <= 2048 ? href : undefined;
}

/** Words for people: what the answer says where it is known where, else its status. */
function messageOf({ answered, settings }: Reading): string {
  const pointer = textOf(settings["messagePointer"]);
  const json = jsonOf(answered);
  const told = pointer === "" ? usualMessage(json) : atPointer(json, parseJsonPointer(pointer) ?? []);
  const words = typeof told === "string" && told !== "" ? `: ${answered.mask(told).toWellFormed().replaceAll("\u0000", "\ufffd").slice(0, 500)}` : ".";
  return `The endpoint answered ${answered.status}${words}`;
}

/** Where problem details (RFC 9457), OData and many others put their words. */
function usualMessage(json: Json | undefined): Json | undefined {
  if (!isObject(json)) return undefined;
  const error = json["error"];
  return (isObject(error) ? error["message"] : undefined) ?? json["detail"] ?? json["message"] ?? json["title"] ?? error;
}
