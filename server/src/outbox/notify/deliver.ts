import { Problem } from "../../base/errors.ts";
import type { Gate } from "../../auth/permit.ts";
import type { Egress } from "../../egress/createEgress.ts";
import type { Entries, Store } from "../../store/store.ts";
import { call, type Called } from "./call.ts";
import type { Desk } from "./desk.ts";
import { followed, type Followed, type PlanPath } from "./followed.ts";
import { lifecycleNotification, notificationsOf, type LifecycleEvent, type PrintRow } from "./notification.ts";
import type { Track } from "./track.ts";

/** What deliveries are made with. */
export interface DeliverParts {
  readonly egress: Pick<Egress, "send">;
  readonly store: Pick<Store, "entries" | "lastChange">;
  readonly gate: Gate;
  readonly planPath: PlanPath;
  readonly print: PrintRow;
  /** Signs that notifications with data are from here (R161); absent where this installation signs nothing. */
  readonly validationToken?: (appId: string, tenant: string) => Promise<string>;
  /** Milliseconds for which what an endpoint does not take is tried again. */
  readonly keep: number;
  /** Told of endpoints that begin to fail, and of notifications that are dropped. */
  readonly onTrouble?: (what: "failing" | "dropped" | "removed", facts: Readonly<Record<string, string | number>>) => void;
}

/** A subscription under way. */
interface Under {
  readonly track: Track;
  readonly desk: Desk;
  readonly parts: DeliverParts;
  /** Ends it behind the call that is under way: another server may tell this subscriber by then. */
  readonly lost: AbortSignal;
}

const [firstPause, longestPause] = [1_000, 300_000];

/**
 * Tells a subscriber of everything behind where it stands, in the order of the log, one call after the other, until nothing is left or a call
 * fails. What fails is tried again after 1, 2, 4, ... seconds, five minutes at most; what is older than `keep` then is dropped, and `missed` says so
 * (R154, R157, R158). A subscriber who may not read the resource any more is removed.
 */
export async function deliver(under: Under): Promise<void> {
  const { track, parts, lost } = under;
  await tellEvents(under);
  const following = await readable(under);
  if (following === undefined) return;
  while (!lost.aborted) {
    const found = await parts.store.entries(following.permitted, track.position, following.id);
    if (found === undefined) return dropTo(await parts.store.lastChange(following.permitted), under);
    if (!(await send(found, following, under))) return;
    if (!found.more) return keepPlace(under);
  }
}

/** Changes of which none was told, and milliseconds, after which it is noted all the same how far a subscription has come: the log is not kept for ever. */
const [manyUntold, longUntold] = [10_000, 86_400_000];

async function keepPlace(under: Under): Promise<void> {
  const { track, parts } = under;
  const now = parts.gate.steady();
  const isFar = track.position - track.kept >= manyUntold || (track.position > track.kept && now - track.keptAt > longUntold);
  if (!isFar) return;
  await record({ outcome: "skipped", fromSequence: track.kept + 1, throughSequence: track.position }, under);
  [track.kept, track.keptAt] = [track.position, now];
}

/** Undefined once the subscription was removed. */
async function readable(under: Under): Promise<Followed | undefined> {
  const { track, desk, parts } = under;
  const { watcher } = track;
  try {
    return await followed(watcher.resource, watcher.caller, parts);
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    parts.onTrouble?.("removed", { subscription: watcher.id });
    track.events.add("subscriptionRemoved");
    await tellEvents(under);
    await desk.send("DELETE", `subscriptions/${encodeURIComponent(watcher.id)}`);
    return undefined;
  }
}

/** One piece of the log. False when it has to be tried again. */
async function send(found: Entries, following: Followed, under: Under): Promise<boolean> {
  const { track, desk, parts } = under;
  const { watcher } = track;
  const value = notificationsOf(found, watcher, { followed: following, print: parts.print });
  if (value.length === 0) {
    track.position = found.upto;
    return true;
  }
  const hasData = value.some(({ encryptedContent }) => encryptedContent !== undefined);
  const tokens = hasData && parts.validationToken !== undefined ? [await parts.validationToken(watcher.caller.appId, watcher.caller.tenant)] : undefined;
  const called = await call(watcher.notificationUrl, JSON.stringify({ value, ...(tokens !== undefined && { validationTokens: tokens }) }), parts.egress);
  if (!called.isTaken) {
    await failed(found, called, under);
    return false;
  }
  const covered = { notificationCount: value.length, fromSequence: track.position + 1, throughSequence: found.upto, attempts: track.failures + 1 };
  await record({ outcome: "delivered", ...covered, ...outcomeOf(called) }, { track, desk });
  [track.position, track.kept, track.keptAt] = [found.upto, found.upto, parts.gate.steady()];
  [track.failures, track.notBefore] = [0, 0];
  return true;
}

async function failed({ entries }: Entries, called: Called, under: Under): Promise<void> {
  const { track, parts } = under;
  const now = parts.gate.steady();
  track.failures += 1;
  track.isWanted = true;
  track.notBefore = now + pauseAfter(track.failures);
  if (track.failures === 1) {
    parts.onTrouble?.("failing", { subscription: track.watcher.id, status: called.statusCode ?? 0 });
    await record({ outcome: "failing", fromSequence: track.position + 1, ...outcomeOf(called) }, under);
  }
  const old = entries.findLast(({ at }) => now - Date.parse(at) > parts.keep);
  if (old !== undefined) await dropTo(old.seq, under);
}

/** With some of it left to chance, so that those who failed together do not come back together. */
function pauseAfter(failures: number): number {
  return Math.min(firstPause * 2 ** (failures - 1), longestPause) * (0.75 + Math.random() / 2);
}

/** Gives up what lies before a change. */
async function dropTo(position: number, under: Under): Promise<void> {
  const { track, parts } = under;
  parts.onTrouble?.("dropped", { subscription: track.watcher.id, through: position });
  await record({ outcome: "dropped", fromSequence: track.position + 1, throughSequence: position }, under);
  [track.position, track.kept] = [position, position];
  track.events.add("missed");
  await tellEvents(under);
}

/** Tells the lifecycle endpoint what it does not know yet; who has none learns it from the log of deliveries. */
export async function tellEvents(under: Under): Promise<void> {
  for (const event of under.track.events) if (await tellEvent(event, under)) under.track.events.delete(event);
}

async function tellEvent(lifecycleEvent: LifecycleEvent, { track, desk, parts }: Under): Promise<boolean> {
  const { watcher } = track;
  if (watcher.lifecycleUrl === undefined) return true;
  const called = await call(watcher.lifecycleUrl, JSON.stringify({ value: [lifecycleNotification(lifecycleEvent, watcher)] }), parts.egress);
  if (called.isTaken) await record({ outcome: "lifecycle", lifecycleEvent, ...outcomeOf(called), detail: watcher.expires }, { track, desk });
  return called.isTaken;
}

function outcomeOf({ statusCode, detail, milliseconds }: Called): Readonly<Record<string, string | number>> {
  return { durationMilliseconds: milliseconds, ...(statusCode !== undefined && { statusCode }), ...(detail !== undefined && { detail }) };
}

async function record(delivery: Readonly<Record<string, string | number>>, { track, desk }: Pick<Under, "track" | "desk">): Promise<void> {
  await desk.send("POST", `subscriptions/${encodeURIComponent(track.watcher.id)}/deliveries`, delivery);
}
