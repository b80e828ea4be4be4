import { isObject, type Json } from "../../base/json.ts";
import type { Fault, Report } from "./connection.ts";

/** A call of a connector, under the eyes of the dispatcher. */
export interface Guarded {
  /** What came of it, at the latest a moment after its time is up. Never rejects. */
  readonly report: Promise<Report>;
  /** What it says after all, when its time was up before; undefined where it was in time, or nothing comes. */
  readonly late: Promise<Report | undefined>;
}

interface Limits {
  /** Milliseconds. */
  readonly most: number;
  /** Ends it early. */
  readonly stop: AbortSignal;
}

/** Milliseconds that a call has to come to an end when it is told to. */
const grace = 1_000;

/** Calls a connector, which may do what it likes: throw, answer rubbish, or never. */
export function guarded(call: (signal: AbortSignal) => Promise<Report>, { most, stop }: Limits): Guarded {
  const ending = new AbortController();
  const said = Promise.resolve()
    .then(() => call(ending.signal))
    .then(readReport, thrown);
  let isLate = false;
  const report = new Promise<Report>((resolve) => {
    const timers: NodeJS.Timeout[] = [];
    let ended: Fault | undefined;
    const end = (fault: Fault): void => {
      ended ??= fault;
      ending.abort();
      timers.push(
        setTimeout(() => {
          isLate = true;
          resolve({ kind: "unknown", error: fault });
        }, grace),
      );
    };
    const onStop = (): void => end({ code: "stopped", message: "The call was ended while it was under way." });
    timers.push(setTimeout(() => end({ code: "timeout", message: `Nothing came within ${most} ms.` }), most));
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop, { once: true });
    void said.then((answer) => {
      for (const timer of timers) clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
      // A call that was told to end knows that alone; why is known here.
      resolve(ended !== undefined && answer.kind === "unknown" ? { ...answer, error: ended } : answer);
    });
  });
  return { report, late: said.then((answer) => (isLate ? answer : undefined)) };
}

function thrown(error: unknown): Report {
  return { kind: "unknown", error: { code: "connector", message: error instanceof Error ? error.message : "It threw something." } };
}

const kinds = new Set(["completed", "accepted", "failed", "busy", "unknown"]);

/** A report, whatever a connector gave: what is none is `unknown`. */
function readReport(given: unknown): Report {
  const value = given as Json | undefined;
  if (!isObject(value) || typeof value["kind"] !== "string" || !kinds.has(value["kind"])) {
    return { kind: "unknown", error: { code: "connector", message: "What the connector reported cannot be understood." } };
  }
  const { kind, statusCode, request, response, handle, pollAfter, retryAfter, retry, error } = value;
  const kept = { ...number("statusCode", statusCode), ...text("request", request), ...text("response", response) };
  switch (kind as Report["kind"]) {
    case "completed":
      return { kind: "completed", ...kept };
    case "accepted":
      return { kind: "accepted", ...kept, ...text("handle", handle), ...number("pollAfter", pollAfter) };
    case "failed":
      return { kind: "failed", ...kept, retry: retry === true, error: faultOf(error) };
    case "busy":
      return { kind: "busy", ...kept, ...number("retryAfter", retryAfter), error: faultOf(error) };
    case "unknown":
      return { kind: "unknown", ...kept, error: faultOf(error) };
  }
}

function faultOf(error: Json | undefined): Fault {
  const { code = null, message = null } = isObject(error) ? error : {};
  return {
    code: typeof code === "string" ? code.slice(0, 100) : "connector",
    message: typeof message === "string" ? message.slice(0, 2000) : "It did not say why.",
  };
}

const longest = 16_384;

function text<Name extends string>(name: Name, value: Json | undefined): { readonly [K in Name]?: string } {
  return typeof value === "string" ? ({ [name]: value.slice(0, longest) } as { readonly [K in Name]?: string }) : {};
}

/** A whole number of the range of Edm.Int32. */
function number<Name extends string>(name: Name, value: Json | undefined): { readonly [K in Name]?: number } {
  if (typeof value !== "number" || !Number.isFinite(value)) return {};
  return { [name]: Math.max(-2_147_483_648, Math.min(2_147_483_647, Math.round(value))) } as { readonly [K in Name]?: number };
}
