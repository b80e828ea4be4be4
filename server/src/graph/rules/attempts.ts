import { durationMilliseconds } from "../../base/duration.ts";
import { instantOf } from "../../base/instant.ts";
import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { AlsoWrite, Stamp } from "../../edm/rules.ts";
import { isTerminal, moved } from "./actionStates.ts";
import { cancelledBy, deadLetter, dispatchOf, ended, queued, resultInfo, withDispatch } from "./dispatchState.ts";
import { withMembers } from "./stamped.ts";

/** The place of the records of attempts. */
export const attemptsPlace = "security/securityActions/attempts";
const attemptType = "microsoft.graph.securityActionAttempt";

/** An action, changed, and the record of its attempt, to be written together. */
export interface Attempted {
  readonly entity: JsonObject;
  readonly also: readonly AlsoWrite[];
}

/** How an attempt begins. `lease`: the fencing token of whoever begins it. `reporter`: who alone reports on it. `until`: set for work that others lease: when they have to have come back. */
export interface Beginning {
  readonly lease: number;
  readonly reporter: Json;
  readonly until?: string;
}

/** Attempts of an action whose records are kept, the newest; what was in older ones stands in the audit trail. */
const keptAttempts = 100;

/** Begins the next attempt: the action runs, and the attempt is on record with a fencing token that is higher than that of the one before. */
export function begun(action: JsonObject, { lease, reporter, until }: Beginning, stamp: Stamp): Attempted {
  const dispatch = dispatchOf(action) ?? {};
  const number = Number(dispatch["attempts"] ?? 0) + 1;
  const fencingToken = Math.max(lease, Number(dispatch["fencingToken"] ?? 0) + 1);
  const running = action["status"] === "Running" ? withMembers(action, { lastActionDateTime: stamp.now }) : moved(action, "Running", stamp);
  const next = until ?? null;
  const more = { status: "dispatching", attempts: number, fencingToken, nextAttemptDateTime: next, acceptedDateTime: until === undefined ? null : stamp.now };
  const record = { ...freshAttempt, id: String(number), number, startedDateTime: stamp.now, fencingToken, outcome: "running" };
  return { entity: withDispatch(running, { ...more, reporterAppId: reporter, handle: null }), also: [recorded(action, record), ...forgotten(action, number)] };
}

/** The record that is one too many. */
function forgotten(action: JsonObject, number: number): readonly AlsoWrite[] {
  const parents = [textOf(action["id"])];
  const id = number - keptAttempts;
  return id > 0 ? [{ place: attemptsPlace, parents, id: String(id), entity: null }] : [];
}

const freshAttempt = {
  "@odata.type": `#${attemptType}`,
  id: "",
  number: 0,
  startedDateTime: null,
  endedDateTime: null,
  fencingToken: null,
  outcome: null,
  statusCode: null,
  request: null,
  response: null,
  error: null,
  durationMilliseconds: null,
} as const;

function recorded(action: JsonObject, attempt: JsonObject): AlsoWrite {
  return { place: attemptsPlace, parents: [textOf(action["id"])], id: textOf(attempt["id"]), type: attemptType, entity: attempt };
}

/** How an attempt stands, as whoever carries it out says. */
export interface Settlement {
  /** `busy`: it did not happen, the endpoint had too much to do, and that is no failure. `unknown`: it may have happened. `cancelled`: it was ended and did not happen. */
  readonly kind: "completed" | "accepted" | "failed" | "busy" | "unknown" | "cancelled";
  /** The fencing token of the attempt that is spoken of: what an older one says changes its record alone. */
  readonly token: number;
  /** Of what failed: whether another attempt may help. */
  readonly retry?: boolean;
  /** No further attempt is made, whatever is left of them. */
  readonly final?: boolean;
  /** Failures after which it becomes a dead letter. */
  readonly most: number;
  /** The instant of the next attempt; of what was accepted, when to look at it again. */
  readonly next: string;
  readonly handle?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly statusCode?: number;
  readonly request?: string;
  readonly response?: string;
  readonly milliseconds?: number;
}

const outcomes: Readonly<Record<Settlement["kind"], string>> = {
  completed: "succeeded",
  accepted: "accepted",
  failed: "failed",
  busy: "refused",
  unknown: "unknown",
  cancelled: "cancelled",
};

/**
 * What becomes of an action by what is said of an attempt of it, with the record of that attempt (the stored one is given). What has ended stays, and what
 * an attempt says that another has followed stands in its record alone. Whoever asked for the end is no match for what has happened: completed is completed.
 */
export function settled(action: JsonObject, attempt: JsonObject | null, said: Settlement, stamp: Stamp): Attempted {
  const dispatch = dispatchOf(action) ?? {};
  const isCurrent = Number(dispatch["fencingToken"] ?? 0) === said.token && !isTerminal(textOf(action["status"]));
  const entity = isCurrent ? after(action, dispatch, said, stamp) : action;
  // Of what has ended, that it was done after all is the only news.
  const isNews = attempt !== null && (attempt["endedDateTime"] === null || said.kind === "completed");
  return { entity, also: isNews ? [recorded(action, afterwards(attempt, said, stamp))] : [] };
}

function after(action: JsonObject, dispatch: JsonObject, said: Settlement, stamp: Stamp): JsonObject {
  const canceller = cancelledBy(dispatch);
  switch (said.kind) {
    case "completed":
      return expiring(ended(action, "Completed", null, stamp), stamp);
    case "accepted":
      return acceptedOf(action, dispatch, said, stamp);
    case "cancelled":
      return ended(action, "Failed", resultInfo(1, `Cancelled by ${canceller ?? stamp.appId}`), stamp);
    case "busy":
      return canceller === undefined ? later(action, said) : ended(action, "Failed", resultInfo(1, `Cancelled by ${canceller}`), stamp);
    case "failed":
    case "unknown":
      return failedOf(action, dispatch, said, stamp);
  }
}

function later(action: JsonObject, said: Settlement): JsonObject {
  return queued(action, "retrying", said.next);
}

function acceptedOf(action: JsonObject, dispatch: JsonObject, { handle, next: due }: Settlement, stamp: Stamp): JsonObject {
  const status = cancelledBy(dispatch) === undefined ? "dispatching" : "cancelling";
  const since = dispatch["acceptedDateTime"] ?? stamp.now;
  return withDispatch(action, { status, acceptedDateTime: since, handle: kept(handle) ?? dispatch["handle"] ?? null, nextAttemptDateTime: due });
}

/** What failed for good ends; what a canceller waits for ends too, honestly; all else is tried again until it is a dead letter. */
function failedOf(action: JsonObject, dispatch: JsonObject, said: Settlement, stamp: Stamp): JsonObject {
  const { kind, statusCode = 1, retry = true, final = false, most } = said;
  const why = wordsOf(said);
  const canceller = cancelledBy(dispatch);
  if (canceller !== undefined) {
    const rest = kind === "unknown" ? `; it may have taken effect all the same: ${why}` : "";
    return ended(action, "Failed", resultInfo(1, `Cancelled by ${canceller}${rest}`), stamp);
  }
  if (kind === "failed" && !retry) return ended(action, "Failed", resultInfo(statusCode, why), stamp);
  const failures = Number(dispatch["failures"] ?? 0) + 1;
  const counted = withDispatch(action, { failures });
  if (!final && failures < most) return later(counted, said);
  const times = final ? "" : `Given up after ${failures} ${failures === 1 ? "attempt" : "attempts"}: `;
  return deadLetter(counted, resultInfo(statusCode, `${times}${why}`), stamp);
}

/** What shall hold for a while only is taken back when that is over. */
function expiring(action: JsonObject, { now }: Stamp): JsonObject {
  const holds = durationMilliseconds(textOf(action["duration"]));
  if (holds === undefined || holds <= 0) return action;
  return withDispatch(action, { expiresDateTime: instantOf(Math.min(Date.parse(now) + holds, latest)) });
}

const latest = Date.parse("9999-12-31T23:59:59Z");

function afterwards(attempt: JsonObject, said: Settlement, stamp: Stamp): JsonObject {
  const isOver = said.kind !== "accepted";
  return withMembers(
    { ...freshAttempt, ...attempt },
    {
      outcome: outcomes[said.kind],
      endedDateTime: isOver ? stamp.now : null,
      statusCode: said.statusCode ?? attempt["statusCode"] ?? null,
      request: kept(said.request) ?? attempt["request"] ?? null,
      response: kept(said.response) ?? attempt["response"] ?? null,
      error: said.error === undefined ? null : wordsOf(said).slice(0, 2000).toWellFormed(),
      durationMilliseconds: said.milliseconds ?? attempt["durationMilliseconds"] ?? null,
    },
  );
}

function wordsOf({ error, kind }: Settlement): string {
  if (error === undefined) return kind === "unknown" ? "Nobody knows whether it happened." : "The connector did not say why.";
  return kept(`${error.code}: ${error.message}`) ?? "";
}

const longestKept = 16_384;

/** Text as it can be kept: of so many characters, well-formed, without NUL. */
function kept(text: string | undefined): string | undefined {
  return text?.slice(0, longestKept).toWellFormed().replaceAll("\0", "\u{fffd}");
}
