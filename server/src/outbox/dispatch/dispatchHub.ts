import { setImmediate } from "node:timers/promises";
import type { Store } from "../../store/store.ts";
import type { Pokes } from "../notify/pokes.ts";
import type { Job, WorkResult } from "../worker.ts";
import { recover } from "./chores.ts";
import { openDesk, type DeskParts } from "./desk.ts";
import { expiring } from "./expire.ts";
import { pump } from "./pump.ts";
import { nothingKnown, reload, type Known } from "./reload.ts";
import { followSoon, over, type Round, type RoundParts } from "./round.ts";

/** The kind of work that carries out the actions of one hub. */
export const dispatchKind = "dispatch";

export interface DispatchParts extends RoundParts, Omit<DeskParts, "onFault"> {
  readonly store: Pick<Store, "list">;
  readonly pokes: Pokes;
  /** A tenant that reaches a hub; undefined for one that nobody reaches. */
  readonly tenantOf: (hub: string) => Promise<string | undefined>;
  /** What is known of hubs beyond one look after them. */
  readonly known: Map<string, Known>;
}

/** Milliseconds: how long a hub is kept in hand when there is nothing to do, how often others are looked for while there is, and the longest sleep where others write too. */
const [linger, glance, longest] = [2_000, 500, 60_000];

/**
 * Makes the job that carries out the actions of a hub, of several servers one at a time. It ends when nothing is due, and sleeps until something will be.
 */
export function createDispatching(parts: DispatchParts): Job {
  return async (lease, lost) => {
    const { hub } = lease;
    const tenant = await parts.tenantOf(hub);
    if (tenant === undefined) return "done";
    const known = parts.known.get(hub) ?? nothingKnown();
    parts.known.set(hub, known);
    const cut = new AbortController();
    const round: Round = {
      hub,
      tenant,
      lease,
      desk: openDesk(hub, tenant, parts),
      poke: parts.pokes.open(hub),
      lost,
      cut: cut.signal,
      parts,
      lanes: new Map(),
      control: { state: "active", since: "" },
      isOver: false,
      running: new Map(),
      faulty: new Map(),
      resting: known.resting,
      expiry: undefined,
      family: { next: 0, rests: 0, work: undefined },
    };
    const onLost = (): void => over(round);
    lost.addEventListener("abort", onLost, { once: true });
    try {
      await reload(round, known);
      await recover(round);
      const result = await lookAfter(round, known);
      // What came since the last look was told to this work alone.
      return round.poke.isNew() ? { later: 0 } : result;
    } finally {
      lost.removeEventListener("abort", onLost);
      round.poke.close();
      await Promise.all([endOf(round, () => cut.abort()), round.family.work]);
    }
  };
}

async function lookAfter(round: Round, known: Known): Promise<WorkResult> {
  const { poke, running, lost, parts } = round;
  let wait = 0;
  let isIdle = false;
  while (!lost.aborted) {
    if (poke.take()) await refresh(round, known);
    round.isOver = false;
    wait = await pump(round);
    // What each look begins by itself is no work: where others write too, it would call for the next look.
    const isWorking = running.size > (running.has(expiring) ? 1 : 0) || wait <= linger;
    const isQuiet = running.size === 0 && !isWorking && !round.isOver && !poke.isNew();
    if (isQuiet && isIdle) break;
    isIdle = isQuiet;
    // Whatever goes round here, requests are answered beside it.
    await setImmediate();
    if (!round.isOver) await poke.next(Math.min(wait, isQuiet ? linger : Infinity, parts.isShared ? glance : Infinity));
    if (parts.isShared && isWorking) poke.poke();
  }
  await count(round);
  if (lost.aborted) return { later: 0 };
  return wait === Infinity ? "done" : { later: Math.ceil(Math.min(wait, parts.isShared ? longest : Infinity)) };
}

async function refresh(round: Round, known: Known): Promise<void> {
  if (known.isStale || round.parts.isShared) return reload(round, known);
  round.expiry = undefined;
  followSoon(round);
  for (const lane of round.lanes.values()) lane.isStale = true;
}

/** Calls under way may come to their end for a while; what does not is told nobody, and the next who looks after the hub begins with it. */
async function endOf({ running, parts }: Round, cut: () => void): Promise<void> {
  const all = Promise.all(running.values());
  if (running.size === 0) return;
  const timer = setTimeout(cut, parts.stopping.aborted ? parts.drain : 0);
  await all;
  clearTimeout(timer);
}

async function count({ hub, desk, parts, lanes }: Round): Promise<void> {
  if (lanes.size === 0) return void parts.figures.hubs.delete(hub);
  const of = (filter: string): Promise<number> => desk.count(`securityActions/$count?$filter=${encodeURIComponent(filter)}`);
  const [waiting, deadLettered] = await Promise.all([of("dispatch/status in ('queued','retrying','waiting')"), of("dispatch/status eq 'deadLettered'")]);
  parts.figures.hubs.set(hub, { waiting, deadLettered });
}
