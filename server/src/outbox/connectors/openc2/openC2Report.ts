import type { JsonObject } from "../../../base/json.ts";
import type { Report } from "../../dispatch/connection.ts";
import type { Answered } from "../callOut.ts";
import { retryAfter } from "../retryAfter.ts";
import type { OpenC2Response } from "./openC2Message.ts";

/** What is asked of a consumer. */
export type Asking = "deliver" | "poll" | "cancel" | "features";

interface Reading {
  readonly answered: Answered;
  /** Undefined where the answer holds none. */
  readonly response: OpenC2Response | undefined;
  readonly asking: Asking;
  readonly settings: JsonObject;
  readonly commandId: string;
  readonly now: number;
}

/** What the status of a response means (Language 3.3.2.1): 102 goes on, 200 is done, 500 and 503 may go well later, 4xx and 501 will not. */
export function openC2Report(reading: Reading): Report {
  const { answered, response, asking, commandId, now } = reading;
  const { kept } = answered;
  const status = response?.status ?? answered.status;
  const error = { code: `openc2-${status}`, message: messageOf(reading, status) };
  const wait = retryAfter(answered.headers["retry-after"], now);
  if (asking === "poll") return pollReport(reading, status);
  if (status === 102) return { kind: "accepted", handle: commandId, pollAfter: wait ?? pause(reading), ...kept };
  if (status === 200 && response !== undefined) return { kind: "completed", ...kept };
  if (status >= 200 && status < 300)
    return { kind: "unknown", error: { code: "rubbish", message: `The consumer answered ${status} without an OpenC2 response.` }, ...kept };
  if (status === 429 || (status === 503 && wait !== undefined)) return { kind: "busy", ...(wait !== undefined && { retryAfter: wait }), error, ...kept };
  // What stands between may have let the command through.
  if (status === 502 || status === 504) return { kind: "unknown", error, ...kept };
  return { kind: "failed", retry: status === 408 || status === 425 || status === 500 || status === 503, error, ...kept };
}

const seldom = 300_000;

/** A consumer that cannot say how a command stands has not failed at it: the work goes on there, and is reported or given up. */
function pollReport(reading: Reading, status: number): Report {
  const { response, answered } = reading;
  const { kept } = answered;
  const results = response?.results ?? {};
  const inner = results["status"];
  const stands = status === 200 && typeof inner === "number" ? inner : status;
  if (stands === 200 && response !== undefined) return { kind: "completed", ...kept };
  // One that knows no query of a command is asked now and then all the same: it may have been another fault.
  if (stands === 400 || stands === 501) return { kind: "accepted", pollAfter: Math.max(seldom, pause(reading)), ...kept };
  if (response === undefined || stands === 102 || stands === 503) return { kind: "accepted", pollAfter: pause(reading), ...kept };
  return { kind: "failed", retry: false, error: { code: `openc2-${stands}`, message: messageOf(reading, stands) }, ...kept };
}

const pause = ({ settings }: Reading): number => Math.min(Math.max(Number(settings["pollSeconds"] ?? 5), 1), 86_400) * 1000;

function messageOf({ answered, response }: Reading, status: number): string {
  const words = response?.statusText;
  return `The consumer answered ${status}${words === undefined ? "." : `: ${answered.mask(words).toWellFormed().replaceAll("\u0000", "\ufffd").slice(0, 500)}`}`;
}
