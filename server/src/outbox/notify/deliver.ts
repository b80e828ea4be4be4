import type { JsonObject } from "../../base/json.ts";
import type { Entries, LogEntry } from "../../store/store.ts";
import { call, type Called } from "./call.ts";
import type { Followed } from "./followed.ts";
import { concerns, notificationsOf } from "./notification.ts";
import { longerPause, noPause } from "./pause.ts";
import { note, outcomeOf } from "./record.ts";
import { tellEvents } from "./tellEvents.ts";
import type { Standing } from "./track.ts";
import type { Under } from "./under.ts";

/**
 * Tells a subscriber of everything behind where it stands, in the order of the log, one call after the other, until nothing is left or a call
 * fails. What fails is tried again after 1, 2, 4, ... seconds, five minutes at most; what is older than `keep` then is dropped, and `missed` says so
 * (R154, R157, R158).
 */
export async function deliver(following: Followed, under: Under): Promise<void> {
  const { track, standing, parts } = under;
  while (isOn(under)) {
    const found = await parts.store.entries(following.permitted, standing.position, following.id);
    // The log does not reach back so far.
    if (found === undefined) return drop({ through: await parts.store.lastChange(following.permitted) }, under);
    if (!(await send(found, following, under))) return;
    if (!found.more) return keepPlace(under);
  }
  track.isWanted = true;
}

/** One that was changed is read anew before anything more is told. */
function isOn({ track, lost }: Under): boolean {
  return !lost.aborted && !track.isStale && !track.isGone;
}

/** Changes of which none was told, and milliseconds, after which it is noted all the same how far a subscription has come: the log is not kept for ever. */
const [manyUntold, longUntold] = [10_000, 86_400_000];

/** True when what is on disk is far behind where it stands. */
export function isFarAhead({ position, kept, keptAt }: Standing, now: number): boolean {
  return position - kept >= manyUntold || (position > kept && now - keptAt > longUntold);
}

async function keepPlace(under: Under): Promise<void> {
  const { standing, parts } = under;
  if (!isFarAhead(standing, parts.gate.steady())) return;
  await note({ outcome: "skipped", fromSequence: standing.kept + 1, throughSequence: standing.position }, under);
  [standing.kept, standing.keptAt] = [standing.position, parts.gate.steady()];
}

/** One piece of the log. False when it has to be tried again. */
async function send(found: Entries, following: Followed, under: Under): Promise<boolean> {
  const { track, standing, parts } = under;
  const { watcher } = standing;
  const value = notificationsOf(found, watcher, { followed: following, print: parts.print });
  if (value.length === 0) {
    standing.position = found.upto;
    return true;
  }
  const called = await call(watcher.notificationUrl, await bodyOf(value, under), parts.egress);
  parts.figures.called(called, value.length);
  if (!called.isTaken) {
    await failed(found, following, { called, under });
    return false;
  }
  parts.figures.delayed(parts.gate.steady() - Date.parse(found.entries[0]!.at));
  const covered = { notificationCount: value.length, fromSequence: standing.position + 1, throughSequence: found.upto, attempts: track.endpoint.failures + 1 };
  standing.unnoted = { outcome: "delivered", ...covered, ...outcomeOf(called) };
  [standing.position, standing.isSlow] = [found.upto, called.milliseconds > slow];
  if (track.endpoint.failures > 0) parts.onTrouble?.("recovered", { subscription: track.id, attempts: covered.attempts });
  track.endpoint = noPause;
  await noteTold(under);
  return true;
}

/** Milliseconds after which an endpoint shares the places of those that fail. */
const slow = 1_000;

/** Notes what was told: once more where that failed, so that it is not told again for want of a note. */
export async function noteTold(under: Under): Promise<void> {
  const { standing, parts } = under;
  const { unnoted } = standing;
  if (unnoted === undefined) return;
  await note(unnoted, under);
  standing.unnoted = undefined;
  [standing.kept, standing.keptAt] = [Number(unnoted["throughSequence"]), parts.gate.steady()];
}

async function bodyOf(value: readonly JsonObject[], { standing, parts }: Under): Promise<string> {
  const { appId, tenant } = standing.watcher.caller;
  const hasData = value.some(({ encryptedContent }) => encryptedContent !== undefined);
  const tokens = hasData && parts.validationToken !== undefined ? { validationTokens: [await parts.validationToken(appId, tenant)] } : {};
  return JSON.stringify({ value, ...tokens });
}

async function failed(found: Entries, following: Followed, { called, under }: { readonly called: Called; readonly under: Under }): Promise<void> {
  const { track, standing, parts } = under;
  if (track.isGone) return;
  track.isWanted = true;
  const before = track.endpoint.failures;
  track.endpoint = longerPause(track.endpoint, parts.gate.steady());
  if (!called.isSent) {
    // That is no fault of the endpoint.
    track.endpoint = { ...track.endpoint, failures: before };
    return;
  }
  if (before === 0) {
    parts.onTrouble?.("failing", { subscription: track.id, status: called.statusCode ?? 0 });
    await note({ outcome: "failing", fromSequence: standing.position + 1, ...outcomeOf(called) }, under);
  }
  await dropOld(found, following, under);
}

/** Gives up what is older than it is kept, all of it at once. */
async function dropOld(found: Entries, following: Followed, under: Under): Promise<void> {
  const { standing, parts } = under;
  const before = parts.gate.steady() - parts.keep;
  const isOld = ({ at }: LogEntry): boolean => Date.parse(at) < before;
  let [piece, through, dropped]: [Entries | undefined, number, number] = [found, standing.position, 0];
  while (piece !== undefined) {
    const old = piece.entries.filter(isOld);
    dropped += old.filter((entry) => concerns(entry, piece!, { watcher: standing.watcher, followed: following })).length;
    through = old.at(-1)?.seq ?? through;
    if (old.length < piece.entries.length || !piece.more) break;
    piece = await parts.store.entries(following.permitted, piece.upto, following.id);
  }
  if (dropped > 0) await drop({ through, dropped }, under);
  else standing.position = through;
}

/** Gives up what lies before a change, and has `missed` say so. */
async function drop({ through, dropped }: { readonly through: number; readonly dropped?: number }, under: Under): Promise<void> {
  const { track, standing, parts } = under;
  const fromSequence = standing.position + 1;
  parts.onTrouble?.("dropped", { subscription: track.id, through });
  parts.figures.dropped(dropped ?? 1);
  await note({ outcome: "dropped", fromSequence, throughSequence: through, ...(dropped !== undefined && { notificationCount: dropped }) }, under);
  [standing.position, standing.kept, standing.keptAt] = [through, through, parts.gate.steady()];
  standing.events.set("missed", fromSequence);
  await tellEvents(under);
}
