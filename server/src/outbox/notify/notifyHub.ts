import { setTimeout as sleep } from "node:timers/promises";
import type { Row, Store } from "../../store/store.ts";
import type { Job } from "../worker.ts";
import { deliver, tellEvents, type DeliverParts } from "./deliver.ts";
import { openDesk, type Desk, type DeskParts } from "./desk.ts";
import type { Pokes } from "./pokes.ts";
import { trackOf, type Track } from "./track.ts";

/** The kind of work that tells the subscribers of one hub. */
export const notifyKind = "notify";

export interface NotifyParts extends DeliverParts, DeskParts {
  readonly store: Pick<Store, "entries" | "lastChange" | "list">;
  readonly pokes: Pokes;
  /** A tenant that reaches a hub; undefined for one that nobody reaches. */
  readonly tenantOf: (hub: string) => Promise<string | undefined>;
}

/** Milliseconds between two looks while calls are under way, and until the next look at a hub with nothing to do. */
const [glance, minute] = [500, 60_000];
const mostAtOnce = 64;

/**
 * Makes the job that tells the subscribers of a hub, of several servers one at a time: each subscription goes on by itself, so one that is slow keeps
 * none waiting. It ends when nothing is left to be told, and is done where there are no subscriptions.
 */
export function createNotifying(parts: NotifyParts): Job {
  const waiting = new Map<string, Waiting>();
  return async ({ hub }, lost) => {
    const tenant = await parts.tenantOf(hub);
    if (tenant === undefined) return "done";
    const round: Round = { hub, desk: openDesk(hub, tenant, parts), tracks: new Map(), running: new Map(), faults: [], waiting, lost, parts };
    const poke = parts.pokes.open(hub);
    const { tracks, running, faults } = round;
    try {
      while (!lost.aborted && faults.length === 0) {
        if (poke.take()) await loadTracks(round);
        for (const track of dueOf(round).slice(0, mostAtOnce - running.size)) begin(track, round);
        if (running.size === 0 && !poke.isNew()) break;
        // What other servers wrote rings nothing here.
        await Promise.race([...running.values(), poke.next(), sleep(glance).then(() => parts.pokes.poke(hub))]);
      }
    } finally {
      poke.close();
      await Promise.all(running.values());
      for (const track of tracks.values()) remember(track, waiting);
    }
    if (faults.length > 0) throw faults[0];
    return tracks.size === 0 ? "done" : { later: lost.aborted ? 0 : nextLook(tracks, parts) };
  };
}

/** The subscriptions of a hub, and those of them that are being told. */
interface Round {
  readonly hub: string;
  readonly desk: Desk;
  readonly tracks: Map<string, Track>;
  readonly running: Map<string, Promise<void>>;
  readonly faults: unknown[];
  readonly waiting: Map<string, Waiting>;
  readonly lost: AbortSignal;
  readonly parts: NotifyParts;
}

/** How long a subscription whose endpoint fails is left alone: known beyond one piece of work, else every write of the hub would call it anew. */
type Waiting = Pick<Track, "failures" | "notBefore">;

function remember({ watcher, failures, notBefore }: Track, waiting: Map<string, Waiting>): void {
  if (failures === 0) waiting.delete(watcher.id);
  else waiting.set(watcher.id, { failures, notBefore });
}

function begin(track: Track, { desk, hub, running, faults, lost, parts }: Round): void {
  const { id } = track.watcher;
  track.isWanted = false;
  const work = carryOn({ track, desk, lost, parts })
    .catch((error: unknown) => void faults.push(error))
    .finally(() => {
      running.delete(id);
      if (track.isStale) parts.pokes.poke(hub);
    });
  running.set(id, work);
}

/** Reads the subscriptions anew, of those that were changed also where they stand, and wants each to be looked after. */
async function loadTracks({ desk, tracks, running, waiting }: Round): Promise<void> {
  const there = new Set<string>();
  for (let after = ""; ;) {
    const { rows, next } = await desk.list(`subscriptions?$orderby=id&$filter=id%20gt%20'${after}'`);
    for (const row of rows) {
      there.add(row.id);
      const known = tracks.get(row.id);
      const isChanged = known?.watcher.seq !== row.seq;
      if (known === undefined || (isChanged && !running.has(row.id))) tracks.set(row.id, await resumed(row, desk, waiting));
      // One that is being told is read anew when that is over.
      else if (isChanged) known.isStale = true;
      else known.isWanted = true;
    }
    if (next === undefined) break;
    after = rows.at(-1)!.id;
  }
  for (const id of tracks.keys()) {
    if (there.has(id)) continue;
    tracks.delete(id);
    waiting.delete(id);
  }
}

/** Where a subscription stands, and when it may be called. */
async function resumed(row: Row, desk: Desk, waiting: Round["waiting"]): Promise<Track> {
  const track = await trackOf(row, desk);
  // One that has been replayed or told by another server since does not fail any more.
  return track.failures > 0 ? Object.assign(track, waiting.get(row.id)) : track;
}

function dueOf({ tracks, running, parts }: Round): Track[] {
  const now = parts.gate.steady();
  return [...tracks.values()].filter(({ watcher, isWanted, notBefore }) => isWanted && notBefore <= now && !running.has(watcher.id));
}

interface Carried {
  readonly track: Track;
  readonly desk: Desk;
  readonly lost: AbortSignal;
  readonly parts: NotifyParts;
}

/** Removes a subscription that has ended, reminds of one that ends soon, and delivers. */
async function carryOn(carried: Carried): Promise<void> {
  const { track, desk, parts } = carried;
  const { id, expires } = track.watcher;
  const left = Date.parse(expires) - parts.gate.clock();
  if (left <= 0) return desk.send("DELETE", `subscriptions/${encodeURIComponent(id)}`);
  if (left < soonEnding && track.reminded !== expires) {
    track.reminded = expires;
    track.events.add("reauthorizationRequired");
    await tellEvents(carried);
  }
  await deliver(carried);
}

/** Milliseconds before its end when a subscriber is reminded (R157). */
const soonEnding = 15 * minute;

/** When something is due by itself: a next try, or a look at what other servers may have written unheard. */
function nextLook(tracks: ReadonlyMap<string, Track>, { gate }: NotifyParts): number {
  const now = gate.steady();
  const tries = [...tracks.values()].filter(({ notBefore }) => notBefore > now).map(({ notBefore }) => notBefore - now);
  return Math.ceil(Math.max(10, Math.min(minute, ...tries)));
}
