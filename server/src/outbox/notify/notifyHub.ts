import type { Store } from "../../store/store.ts";
import type { Lease } from "../../store/leases.ts";
import type { Job, WorkResult } from "../worker.ts";
import { carryOn } from "./carryOn.ts";
import { openDesk, type Desk, type DeskParts } from "./desk.ts";
import { dueIn } from "./due.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { longerPause, noPause } from "./pause.ts";
import type { Poke, Pokes } from "./pokes.ts";
import { createRoster, look, type Roster } from "./roster.ts";
import { trackOf, type Track } from "./track.ts";
import type { DeliverParts } from "./under.ts";

/** The kind of work that tells the subscribers of one hub. */
export const notifyKind = "notify";

export interface NotifyParts extends DeliverParts, DeskParts {
  readonly store: Pick<Store, "entries" | "lastChange" | "list" | "touched">;
  readonly pokes: Pokes;
  /** A tenant that reaches a hub; undefined for one that nobody reaches. */
  readonly tenantOf: (hub: string) => Promise<string | undefined>;
  /** True where other servers write and tell too. */
  readonly isShared: boolean;
  /** Paths of places whose rows say who may read what. */
  readonly rights: ReadonlySet<string>;
  /** Told of what goes wrong with one subscription; the others go on. */
  readonly onFault: (error: unknown, kind: string) => void;
}

/** Tells the subscribers of hubs. */
export interface Notifying {
  readonly job: Job;
  /** The subscriptions of each hub, as this process knows them. */
  readonly rosters: ReadonlyMap<string, Roster>;
}

/**
 * Milliseconds: between two looks while others write unheard; before work that held back tries again; for which work that has nothing to do waits for
 * more; until the next look at a hub with nothing to do, where others write and where none do.
 */
const [glance, heldBack, linger, minute, long] = [500, 100, 200, 60_000, 300_000];

/**
 * Makes the job that tells the subscribers of a hub, of several servers one at a time: each subscription goes on by itself, so one that is slow or
 * that something is wrong with keeps none waiting. It ends when nothing is left to be told, and is done where there are no subscriptions.
 */
export function createNotifying(parts: NotifyParts): Notifying {
  const rosters = new Map<string, Roster>();
  const lanes = createLanes();
  const job: Job = async (lease, lost) => {
    const { hub } = lease;
    const roster = rosters.get(hub) ?? createRoster();
    rosters.set(hub, roster);
    const result = await notifyHub({ lease, roster, lanes, lost, parts });
    if (roster.tracks.size === 0) rosters.delete(hub);
    return result;
  };
  return { job, rosters };
}

interface Begun {
  readonly lease: Lease;
  readonly roster: Roster;
  readonly lanes: Lanes;
  readonly lost: AbortSignal;
  readonly parts: NotifyParts;
}

/** The subscriptions of a hub that are being told. */
interface Round extends Begun {
  readonly desk: Desk;
  readonly poke: Poke;
  readonly running: Map<string, Promise<void>>;
  isFirst: boolean;
  lookedAt: number;
  /** Faults of one subscription after the other, and none that went well: then it is not theirs. */
  faults: number;
}
const manyFaults = 8;

async function notifyHub(begun: Begun): Promise<WorkResult> {
  const { lease, roster, lost, parts } = begun;
  const tenant = await parts.tenantOf(lease.hub);
  if (tenant === undefined) {
    roster.tracks.clear();
    return "done";
  }
  const poke = parts.pokes.open(lease.hub);
  const round: Round = { ...begun, poke, desk: openDesk(lease.hub, tenant, parts), running: new Map(), isFirst: true, lookedAt: 0, faults: 0 };
  lost.addEventListener("abort", poke.nudge);
  try {
    await goRound(round);
  } finally {
    lost.removeEventListener("abort", poke.nudge);
    await Promise.all(round.running.values());
    poke.close();
  }
  if (roster.tracks.size === 0 && !poke.isNew()) return "done";
  return { later: lost.aborted || poke.isNew() ? 0 : nextLook(round) };
}

async function goRound(round: Round): Promise<void> {
  const { lost, poke, running } = round;
  while (!lost.aborted) {
    if (round.faults >= manyFaults) throw new Error("Subscriptions cannot be told, one after the other.");
    if (poke.take()) await lookAround(round);
    const isHeldBack = beginDue(round);
    if (running.size > 0 || isHeldBack) await waitOn(round, isHeldBack);
    else if (!poke.isNew() && !(await hasMore(round))) return;
  }
}

async function waitOn(round: Round, isHeldBack: boolean): Promise<void> {
  const { poke, parts } = round;
  const { isShared, gate } = parts;
  await poke.next(isHeldBack ? heldBack : Math.min(nextDue(round), isShared ? glance : Infinity));
  // What other servers wrote rings nothing here.
  if (isShared && gate.steady() - round.lookedAt >= glance) poke.poke();
}

/** Whether something comes for work that has nothing to do: what is written one after the other need not begin it anew each time. */
async function hasMore({ parts, poke, roster }: Round): Promise<boolean> {
  if (!parts.isShared && roster.tracks.size > 0) await poke.next(linger);
  return poke.isNew();
}

async function lookAround(round: Round): Promise<void> {
  const { roster, desk, running, parts } = round;
  const { store, rights, gate } = parts;
  await look(roster, { desk, store, rights, steady: gate.steady, isRunning: (id) => running.has(id), isFirst: round.isFirst });
  [round.isFirst, round.lookedAt] = [false, gate.steady()];
}

/** Begins what is due; true when something is that has to wait for a place. */
function beginDue(round: Round): boolean {
  const { lease, roster, lanes, running, parts } = round;
  let isHeldBack = false;
  for (const track of roster.tracks.values()) {
    if (running.has(track.id) || dueIn(track, parts.gate) > 0) continue;
    const leave = lanes.enter(lease.hub, track);
    if (leave === undefined) isHeldBack = true;
    else running.set(track.id, begin(track, round, leave));
  }
  return isHeldBack;
}

/** Never rejects. */
async function begin(track: Track, round: Round, leave: () => void): Promise<void> {
  const { roster, desk, lost, parts, running, poke } = round;
  track.isWanted = false;
  try {
    await carryOn({ track, desk, lost, parts });
    track.fault = noPause;
    round.faults = 0;
  } catch (error) {
    parts.onFault(error, notifyKind);
    track.isWanted = true;
    track.fault = longerPause(track.fault, parts.gate.steady());
    round.faults += 1;
  }
  running.delete(track.id);
  leave();
  if (track.isStale && roster.tracks.get(track.id) === track) roster.tracks.set(track.id, trackOf(track.row, track));
  poke.nudge();
}

function nextDue({ roster, running, parts }: Round): number {
  let next = Infinity;
  for (const track of roster.tracks.values()) if (!running.has(track.id)) next = Math.min(next, dueIn(track, parts.gate));
  return next;
}

/** When something is due by itself: a next try, an end, or a look at what may have been written unheard. */
function nextLook(round: Round): number {
  return Math.ceil(Math.max(10, Math.min(round.parts.isShared ? minute : long, nextDue(round))));
}
