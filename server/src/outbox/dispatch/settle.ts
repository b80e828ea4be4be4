import { setTimeout as sleep } from "node:timers/promises";
import { instantOf } from "../../base/instant.ts";
import { textOf, type JsonObject } from "../../base/json.ts";
import type { Report } from "./connection.ts";
import { dispatchIn } from "./dispatchIn.ts";
import type { Step } from "./desk.ts";
import { countAttempt } from "./dispatchFigures.ts";
import type { Lane } from "./lane.ts";
import { pauseAfter } from "./pauseAfter.ts";
import { followSoon, type Round } from "./round.ts";

/** What came of an attempt, or is known of it now. */
export interface Outcome {
  readonly report: Report | { readonly kind: "cancelled" };
  /** The action as it was when the attempt was begun, or looked after. */
  readonly action: JsonObject;
  readonly milliseconds?: number;
  readonly final?: boolean;
}

const mostTries = 20;

/** Writes what came of an attempt; what cannot be written is tried again, for nobody else knows it. Answers the action as it is then. */
export async function settle(outcome: Outcome, lane: Lane, round: Round): Promise<JsonObject | undefined> {
  const { desk, parts, lost } = round;
  const { rules } = parts.dispatched;
  const id = textOf(outcome.action["id"]);
  for (let tried = 1; ; tried += 1) {
    try {
      const entity = await desk.act(id, { name: "dispatch", rule: rules.settle, sent: settlementOf(outcome, lane, round) });
      if (entity !== undefined) return noted(entity, outcome, lane, round);
      if (tried >= mostTries) return undefined;
    } catch (error) {
      if (lost.aborted || tried >= mostTries) throw error;
      if (tried === 1) parts.onFault(error);
    }
    await sleep(Math.min(50 * 2 ** tried, 10_000));
  }
}

function settlementOf({ report, action, milliseconds, final }: Outcome, lane: Lane, { parts }: Round): Step["sent"] & {} {
  const dispatch = dispatchIn(action);
  const { limits } = lane.connector;
  return {
    ...report,
    number: Number(dispatch["attempts"] ?? 0),
    token: Number(dispatch["fencingToken"] ?? 0),
    most: limits.attempts,
    next: instantOf(parts.gate.clock() + waitOf(report, dispatch, lane, parts)),
    ...(milliseconds === undefined ? {} : { milliseconds }),
    ...(final === true ? { final } : {}),
  };
}

const [usualBusy, longestBusy, usualPoll, shortestPoll] = [5_000, 3_600_000, 15_000, 1_000];
const [firstBusy, longestOwn] = [100, 900_000];

/** Milliseconds until something has to be done again. */
function waitOf(report: Outcome["report"], dispatch: JsonObject, lane: Lane, { connections, reportWithin, pause = pauseAfter }: Round["parts"]): number {
  switch (report.kind) {
    case "busy":
      return busyFor(report.retryAfter, dispatch);
    case "accepted":
      return Math.min(acceptedFor(report.pollAfter, dispatch, connections.get(lane.connector.kind)?.poll !== undefined), reportWithin);
    default:
      return pause(Number(dispatch["failures"] ?? 0) + 1);
  }
}

/** As long as the endpoint says, and longer each time that it was busy: every attempt is on record, and there shall not be thousands. */
function busyFor(retryAfter: number | undefined, { attempts, failures }: JsonObject): number {
  const times = Math.max(1, Number(attempts ?? 1) - Number(failures ?? 0));
  const own = Math.min(firstBusy * 2 ** (times - 1), longestOwn);
  return Math.min(Math.max(retryAfter ?? usualBusy, own), longestBusy) * (1 + Math.random() / 4);
}

/** What shall be ended is told so again after a while. */
function acceptedFor(pollAfter: number | undefined, dispatch: JsonObject, isPolled: boolean): number {
  const poll = isPolled ? Math.max(pollAfter ?? usualPoll, shortestPoll) : Infinity;
  return dispatch["status"] === "cancelling" ? Math.min(poll, toldAgain) : poll;
}

const toldAgain = 60_000;

function noted(entity: JsonObject, { report, action }: Outcome, lane: Lane, round: Round): JsonObject {
  const { figures, onTrouble } = round.parts;
  countAttempt(figures, report.kind);
  const dispatch = dispatchIn(entity);
  const due = Date.parse(textOf(dispatch["nextAttemptDateTime"]));
  if (!Number.isNaN(due)) lane.nextAt = Math.min(lane.nextAt, due);
  if (dispatch["expiresDateTime"] !== null) round.expiry = undefined;
  if (typeof dispatch["parentId"] === "string") followSoon(round);
  const [action_, connector] = [textOf(action["id"]), lane.connector.id];
  if (dispatch["status"] === "deadLettered") onTrouble?.("dead_lettered", { action: action_, connector });
  else if (report.kind === "failed" || report.kind === "unknown")
    onTrouble?.("failing", { action: action_, connector, attempt: Number(dispatch["attempts"] ?? 0) });
  return entity;
}
