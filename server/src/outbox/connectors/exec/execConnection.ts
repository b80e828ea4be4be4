import { isObject, textOf, type Json, type JsonObject } from "../../../base/json.ts";
import type { Connection, Order, Report } from "../../dispatch/connection.ts";
import { createMask, keptText, type Mask } from "../masks.ts";
import { wholeOrder } from "../orderValues.ts";
import { programFor, type AllowedProgram } from "./allowedPrograms.ts";
import { whyNot } from "./programFault.ts";
import { runProgram, type Ran } from "./runProgram.ts";

type Asking = "deliver" | "poll" | "cancel";

interface Asked {
  readonly order: Order;
  readonly asking: Asking;
  readonly handle?: string | undefined;
  readonly signal: AbortSignal;
}

/** Programs that run at once; the others wait. */
const most = 16;

/**
 * Runs a program that the operator allows (`SECGRAPH_EXEC_ALLOW`): the order as JSON on its input, the result as JSON on its output. Exit code 0: what the
 * output says, done when it says nothing; 69 and 75 (EX_UNAVAILABLE, EX_TEMPFAIL): it may go well later; others: it failed.
 */
export function execConnection(allowed: readonly AllowedProgram[]): Connection {
  let running = 0;
  const run = async (asked: Asked): Promise<Report> => {
    if (running >= most) return { kind: "busy", retryAfter: 1000, error: { code: "busy", message: `${most} programs run already.` } };
    running += 1;
    try {
      return await ask(asked, allowed);
    } finally {
      running -= 1;
    }
  };
  return {
    deliver: (order, signal) => run({ order, asking: "deliver", signal }),
    poll: (order, handle, signal) => run({ order, asking: "poll", handle, signal }),
    cancel: (order, handle, signal) => run({ order, asking: "cancel", handle, signal }),
    test: async (order) => {
      const program = programOf(order, allowed);
      return "kind" in program ? program : { kind: "completed" };
    },
  };
}

/** The program, or why there is none. */
function programOf({ connector, tenant }: Order, allowed: readonly AllowedProgram[]): AllowedProgram | Report {
  const name = textOf(settingsOf(connector)["program"]);
  const program = programFor(name, tenant, allowed);
  const refuse = (message: string): Report => ({ kind: "failed", retry: false, error: { code: "program", message } });
  if (program === undefined) return refuse(`The program '${name}' is not allowed on this server.`);
  return whyNot(program) === undefined ? program : refuse(`The program '${name}' cannot be run: ${whyNot(program)}.`);
}

function settingsOf(connector: JsonObject): JsonObject {
  return isObject(connector["exec"]) ? connector["exec"] : {};
}

async function ask(asked: Asked, allowed: readonly AllowedProgram[]): Promise<Report> {
  const { order, asking, handle = null, signal } = asked;
  const program = programOf(order, allowed);
  if ("kind" in program) return program;
  const mask = createMask(order.secrets);
  const given = settingsOf(order.connector)["arguments"];
  const args = Array.isArray(given) ? given.map((one: Json) => textOf(one)) : [];
  const told = { call: asking, ...(asking !== "deliver" && { handle }), ...wholeOrder(order) };
  const credentials = order.secrets.map(({ scheme, name = null, userName = null, secret = null }) => ({ scheme, name, userName, secret }));
  const request = keptText(JSON.stringify(told), mask);
  try {
    const ran = await runProgram({ path: program.path, args, input: JSON.stringify({ ...told, credentials }), signal });
    return { ...reportOf(ran, asked, mask), request, response: keptText(printRan(ran), mask) };
  } catch (error) {
    const { code = "failed" } = error as NodeJS.ErrnoException;
    return {
      kind: "failed",
      retry: code === "EAGAIN" || code === "ENOMEM" || code === "EMFILE",
      error: { code: "program", message: `The program could not be started (${code}).` },
      request,
    };
  }
}

function printRan({ code, output, errors }: Ran): string {
  return [`exit ${code ?? "by a signal"}`, output, ...(errors === "" ? [] : ["", "errors:", errors])].join("\n");
}

/** Exit codes of sysexits.h that mean: not now. */
const later: ReadonlySet<number> = new Set([69, 75]);

function reportOf(ran: Ran, { asking, handle }: Asked, mask: Mask): Report {
  const { code, cut, output, errors } = ran;
  if (cut === "time") return { kind: "unknown", error: { code: "timeout", message: "The program did not end in time." } };
  if (cut === "output") return { kind: "unknown", error: { code: "rubbish", message: "The program said more than is read." } };
  if (code === null) return { kind: "unknown", error: { code: "signal", message: "The program was ended by a signal." } };
  const result = resultOf(output);
  const told = result !== undefined && isObject(result["error"]) ? result["error"] : {};
  const words = textOf(told["message"]) || lastLine(errors) || `The program ended with ${code}.`;
  const error = { code: textOf(told["code"]) || `exit${code}`, message: mask(words).toWellFormed().replaceAll("\u0000", "\ufffd").slice(0, 500) };
  if (code !== 0) return { kind: "failed", retry: later.has(code), error };
  if (output.trim() === "") return { kind: "completed" };
  switch (result?.["status"]) {
    case "completed":
      return { kind: "completed" };
    case "accepted":
      return { kind: "accepted", ...acceptedOf(result, asking === "deliver" ? undefined : handle) };
    case "failed":
    case "retry":
      return { kind: "failed", retry: result["status"] === "retry", error };
    default:
      return { kind: "unknown", error: { code: "rubbish", message: 'The output is not JSON with a "status" of completed, accepted, failed or retry.' } };
  }
}

function acceptedOf(result: JsonObject, handle: string | undefined): { readonly handle?: string; readonly pollAfter: number } {
  const said = textOf(result["handle"]) || handle;
  const seconds = Number(result["pollAfterSeconds"] ?? 5);
  const pollAfter = Math.min(Math.max(Number.isFinite(seconds) ? seconds : 5, 1), 86_400) * 1000;
  return { pollAfter, ...(said !== undefined && { handle: said.toWellFormed().replaceAll("\u0000", "\ufffd").slice(0, 2048) }) };
}

function resultOf(output: string): JsonObject | undefined {
  try {
    const json = JSON.parse(output) as Json;
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
