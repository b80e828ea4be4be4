import { createAlarm } from "../base/alarm.ts";
import { randomGuid } from "../base/ids.ts";
import type { Lease, Leases } from "../store/leases.ts";

/** What came of a piece of work: it is done, or shall be looked at again in so many milliseconds. */
export type WorkResult = "done" | { readonly later: number };

/** Does a piece of work. `lost` ends it early: another may have it by now, or the server stops. Who throws is tried again. */
export type Job = (lease: Lease, lost: AbortSignal) => Promise<WorkResult>;

export interface WorkerSettings {
  readonly leases: Leases;
  /** By the kind of work. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** Pieces at once. */
  readonly most?: number;
  /** Milliseconds after which others take over from a server that is silent. */
  readonly life?: number;
  /** Tries before a piece is given up, and milliseconds between two of them at most. */
  readonly attempts?: number;
  readonly slowest?: number;
  /** Told of failures: of a job, or of the lease table (then without a kind, and once until it works again). */
  readonly onFault?: (error: unknown, kind: string | undefined) => void;
}

/** Works off what is due, as long as the process runs. */
export interface Worker {
  /** Takes nothing more; resolves when nothing runs any more. */
  readonly stop: () => Promise<void>;
}

const usual = { most: 4, life: 30_000, attempts: 10, slowest: 900_000, onFault: (): void => undefined };

type AllSettings = WorkerSettings & Omit<typeof usual, "onFault"> & Required<Pick<WorkerSettings, "onFault">>;

/** Milliseconds between two looks at most: a hint can get lost. And after a look that failed, or found others at it. */
const longest = 60_000;
const soon = 1000;

/**
 * Starts to work. It sleeps until the next piece is due or a hint comes, and asks the database nothing meanwhile. What
 * fails is tried again after 1, 2, 4, ... seconds, a quarter of an hour at most unless `slowest` says otherwise.
 */
export function startWorker(settings: WorkerSettings): Worker {
  const all = { ...usual, ...settings };
  const { leases, jobs, most, life, onFault } = all;
  const owner = randomGuid();
  const kinds = [...jobs.keys()];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  /** Begins what is due; answers when to look again. */
  async function look(): Promise<number> {
    // What ends rings.
    if (running.size >= most) return longest;
    const wait = await leases.nextDue(kinds);
    if (wait !== 0) return Math.min(wait ?? longest, longest);
    const taken = await leases.take({ owner, kinds, most: most - running.size, life });
    for (const lease of taken) {
      const work = carryOut(lease, jobs.get(lease.kind)!, all, stopping.signal).finally(() => {
        running.delete(work);
        alarm.ring();
      });
      running.add(work);
    }
    return taken.length > 0 ? 0 : soon;
  }

  let isFailing = false;
  const alarm = createAlarm(async () => {
    try {
      const wait = await look();
      isFailing = false;
      return wait;
    } catch (error) {
      // Once is enough, for it may last.
      if (!isFailing) onFault(error, undefined);
      isFailing = true;
      return soon;
    }
  });
  const endHints = leases.listen(alarm.ring);
  alarm.ring();
  return {
    async stop() {
      stopping.abort();
      endHints();
      await alarm.stop();
      await Promise.all(running);
    },
  };
}

/** Does one piece and says what came of it; holds on to it meanwhile. Never rejects. */
async function carryOut(lease: Lease, job: Job, settings: AllSettings, stopping: AbortSignal): Promise<void> {
  const { leases, attempts, slowest, onFault } = settings;
  const hold = holdOn(lease, settings);
  const lost = AbortSignal.any([hold.lost, stopping]);
  try {
    const result = await job(lease, lost).catch(async (error: unknown) => {
      onFault(error, lease.kind);
      const why = String(error).slice(0, 500);
      await (lease.attempts >= attempts ? leases.giveUp(lease, why) : leases.later(lease, Math.min(pauseAfter(lease.attempts), slowest), why));
      return undefined;
    });
    if (result !== undefined) await (result === "done" ? leases.complete(lease) : leases.later(lease, result.later));
  } catch (error) {
    // Whoever asks next takes it over when the lease has ended.
    onFault(error, lease.kind);
  } finally {
    hold.end();
  }
}

/** Extends a lease until it is told to end. It counts as lost when that is refused, or did not succeed for as long as it lives. */
function holdOn(lease: Lease, { leases, life }: AllSettings): { readonly lost: AbortSignal; readonly end: () => void } {
  const lost = new AbortController();
  let until = performance.now() + life;
  const timer = setInterval(() => {
    const asked = performance.now();
    if (asked >= until) lost.abort();
    void leases.extend(lease, life).then(
      (isHeld) => (isHeld ? (until = asked + life) : lost.abort()),
      () => undefined,
    );
  }, life / 3).unref();
  return { lost: lost.signal, end: () => clearInterval(timer) };
}

function pauseAfter(attempts: number): number {
  return 1000 * 2 ** (attempts - 1);
}
