import { Worker } from "node:worker_threads";
import { problem } from "../../base/errors.ts";
import type { StoreEvents, StoreFigures } from "../store.ts";
import type { SqlRow } from "./driver.ts";
import { startComputingClock } from "./computingClock.ts";
import type { Fetch } from "./fetchRows.ts";
import type { ConnectionSizes } from "./openConnection.ts";
import { tooCostly, tooLong, tooSlow } from "../stoppedQuery.ts";
import { createTurns } from "../turns.ts";
import type { WorkerData } from "./worker.ts";

/** A few workers with a reading connection each, for statements that may read a whole table. */
export interface Pool {
  /** `owner` is whose rows are read: owners take turns. Throws `queryTooCostly`, `timeout` and, where too much waits or waits too long, `unavailable`. */
  readonly run: (owner: string, fetch: Fetch) => Promise<readonly SqlRow[]>;
  readonly figures: () => StoreFigures["pool"];
  readonly close: () => Promise<void>;
}

export interface PoolOptions {
  readonly file: string;
  readonly sizes: ConnectionSizes;
  /** Workers at most; each starts when it is first needed and ends when it was long idle. */
  readonly workers: number;
  /**
   * Milliseconds that a statement may compute; by the clock it may take three times as long, where the machine is busy with other things. SQLite
   * cannot be interrupted here, so the worker is ended and another started.
   */
  readonly budget: number;
  readonly events?: StoreEvents;
}

interface Waiting {
  readonly owner: string;
  readonly fetch: Fetch;
  readonly resolve: (rows: readonly SqlRow[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker with what it works on. */
interface Hand {
  readonly worker: Worker;
  job?: Waiting | undefined;
  timer?: NodeJS.Timeout | undefined;
}

const longestQueue = { all: 100, each: 16 };
/** Milliseconds after which a client is better told to come again. */
const longestWait = 5_000;
/** A function called from SQL keeps what it made until its statement ends: a worker's heap has to have an end of its own. */
const heap = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 16 };
const idleFor = 30_000;
/** What is reckoned is a little less than what a thread computed. */
const mostOfBudget = 0.9;
/** How many budgets a statement may take by the clock. */
const mostBudgets = 3;
/** Milliseconds between two looks at a statement at least. */
const shortestLook = 20;
const source = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

export function createPool(options: PoolOptions): Pool {
  const hands = new Set<Hand>();
  const queue = createTurns<Waiting>(longestQueue);
  let closed = false;
  const stops = countStops(options.events);

  function finish(hand: Hand, tell: (job: Waiting) => void): void {
    hand.worker.unref();
    const job = release(hand);
    if (job !== undefined) tell(job);
    const next = queue.next();
    if (next !== undefined) give(hand, next);
    else hand.timer = setTimeout(() => drop(hand, undefined), idleFor).unref();
  }

  function drop(hand: Hand, error: unknown): void {
    if (!hands.delete(hand)) return;
    release(hand)?.reject(error);
    void hand.worker.terminate();
    const next = closed ? undefined : queue.next();
    if (next !== undefined) give(begin(), next);
  }

  function begin(): Hand {
    const hand = startHand(options, { finish, drop, stop: stops.count });
    return (hands.add(hand), hand);
  }

  function give(hand: Hand, job: Waiting): void {
    release(hand);
    hand.job = job;
    hand.worker.ref();
    watchJob(hand, { budget: options.budget, sharers: () => busyOf(hands), stop: (error) => (stops.count("time"), drop(hand, error)) });
    hand.worker.postMessage(job.fetch, []);
  }

  function take(job: Waiting): void {
    const idle = [...hands].find((hand) => hand.job === undefined);
    if (closed) job.reject(busy("The server is stopping."));
    else if (idle !== undefined) give(idle, job);
    else if (hands.size < options.workers) give(begin(), job);
    else if (queue.push(job.owner, job)) setTimeout(() => queue.remove(job.owner, job) && job.reject(crowded()), longestWait).unref();
    else job.reject(crowded());
  }

  return {
    run: (owner, fetch) => new Promise((resolve, reject) => take({ owner, fetch, resolve, reject })),
    figures: () => ({ workers: hands.size, busy: busyOf(hands), waiting: queue.size(), stopped: stops.all }),
    async close() {
      closed = true;
      for (let job = queue.next(); job !== undefined; job = queue.next()) job.reject(busy("The server is stopping."));
      while (busyOf(hands) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const hand of hands) drop(hand, undefined);
    },
  };
}

interface Watching {
  readonly budget: number;
  /** Readers at work. */
  readonly sharers: () => number;
  readonly stop: (error: Error) => void;
}

/** Stops a job that has computed for its budget, or could not for too long. Looks only when it can have. */
function watchJob(hand: Hand, { budget, sharers, stop }: Watching): void {
  const clock = startComputingClock();
  const end = performance.now() + budget * mostBudgets;
  let spent = 0;
  const later = (milliseconds: number): void => {
    hand.timer = setTimeout(look, Math.max(shortestLook, Math.min(milliseconds, end - performance.now())));
  };
  function look(): void {
    spent += clock.look(sharers());
    const left = budget * mostOfBudget - spent;
    if (left > 0 && performance.now() < end) later(left);
    else stop(spent >= budget / 2 ? tooLong(budget) : tooSlow());
  }
  later(budget);
}

function busyOf(hands: ReadonlySet<Hand>): number {
  return [...hands].filter(({ job }) => job !== undefined).length;
}

type Stops = StoreFigures["pool"]["stopped"];

function countStops(events: StoreEvents | undefined): { readonly all: Stops; readonly count: (reason: keyof Stops) => void } {
  const all = { time: 0, memory: 0, fault: 0 };
  return {
    all,
    count(reason) {
      all[reason] += 1;
      events?.queryStopped?.(reason);
    },
  };
}

/** Takes the job, if any, out of a hand, and stops its clock. */
function release(hand: Hand): Waiting | undefined {
  clearTimeout(hand.timer);
  const { job } = hand;
  hand.job = undefined;
  return job;
}

interface HandEvents {
  readonly finish: (hand: Hand, tell: (job: Waiting) => void) => void;
  readonly drop: (hand: Hand, error: unknown) => void;
  readonly stop: (reason: "memory" | "fault") => void;
}

function startHand({ file, sizes }: PoolOptions, { finish, drop, stop }: HandEvents): Hand {
  const hand: Hand = { worker: new Worker(source, { workerData: { file, sizes } satisfies WorkerData, resourceLimits: heap }) };
  hand.worker.unref();
  hand.worker.on("message", (answer: { rows: readonly SqlRow[] } | { error: string; errcode: unknown }) => {
    finish(hand, (job) => ("error" in answer ? job.reject(Object.assign(new Error(answer.error), { errcode: answer.errcode })) : job.resolve(answer.rows)));
  });
  hand.worker.on("error", (error) => {
    const isMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
    stop(isMemory ? "memory" : "fault");
    drop(hand, isMemory ? tooBig() : error);
  });
  hand.worker.on("exit", () => drop(hand, new Error("A reading worker ended.")));
  return hand;
}

function busy(what: string): Error {
  return problem("unavailable", { what }, { headers: { "Retry-After": "5" } });
}

function crowded(): Error {
  return busy("Too many queries that read whole collections are waiting.");
}

function tooBig(): Error {
  return tooCostly(`needs more than the ${heap.maxOldGenerationSizeMb} MB of memory that one may have here`);
}
