import { Worker } from "node:worker_threads";
import { problem } from "../../base/errors.ts";
import type { Fetch, Fetched } from "./fetchRows.ts";
import type { ConnectionSizes } from "./openConnection.ts";
import type { WorkerData } from "./worker.ts";

/** A few workers with a reading connection each, for statements that may read a whole table. */
export interface Pool {
  readonly run: (fetch: Fetch) => Promise<Fetched>;
  readonly close: () => Promise<void>;
}

export interface PoolOptions {
  readonly file: string;
  readonly sizes: ConnectionSizes;
  /** Workers at most; each starts when it is first needed and ends when it was long idle. */
  readonly workers: number;
  /** Milliseconds that a statement may run. SQLite cannot be interrupted here, so the worker is ended and another started. */
  readonly budget: number;
}

interface Waiting {
  readonly fetch: Fetch;
  readonly resolve: (fetched: Fetched) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker with what it works on. */
interface Hand {
  readonly worker: Worker;
  job?: Waiting | undefined;
  timer?: NodeJS.Timeout | undefined;
}

const longestQueue = 100;
const idleFor = 30_000;
const source = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

export function createPool({ file, sizes, workers, budget }: PoolOptions): Pool {
  const hands = new Set<Hand>();
  const queue: Waiting[] = [];
  let closed = false;

  function start(): Hand {
    const hand: Hand = { worker: new Worker(source, { workerData: { file, sizes } satisfies WorkerData }) };
    hand.worker.unref();
    hand.worker.on("message", (answer: { fetched: Fetched } | { error: string }) => {
      finish(hand, (job) => ("error" in answer ? job.reject(new Error(answer.error)) : job.resolve(answer.fetched)));
    });
    hand.worker.on("error", (error) => drop(hand, error));
    hand.worker.on("exit", () => drop(hand, new Error("A reading worker ended.")));
    hands.add(hand);
    return hand;
  }

  function finish(hand: Hand, tell: (job: Waiting) => void): void {
    clearTimeout(hand.timer);
    const { job } = hand;
    hand.job = undefined;
    hand.worker.unref();
    if (job !== undefined) tell(job);
    const next = queue.shift();
    if (next !== undefined) give(hand, next);
    else hand.timer = setTimeout(() => drop(hand, undefined), idleFor).unref();
  }

  function drop(hand: Hand, error: unknown): void {
    if (!hands.delete(hand)) return;
    clearTimeout(hand.timer);
    hand.job?.reject(error);
    void hand.worker.terminate();
    const next = closed ? undefined : queue.shift();
    if (next !== undefined) give(start(), next);
  }

  function give(hand: Hand, job: Waiting): void {
    clearTimeout(hand.timer);
    hand.job = job;
    hand.worker.ref();
    hand.timer = setTimeout(() => drop(hand, tooSlow(budget)), budget);
    hand.worker.postMessage(job.fetch);
  }

  return {
    run: (fetch) =>
      new Promise((resolve, reject) => {
        const job: Waiting = { fetch, resolve, reject };
        const idle = [...hands].find((hand) => hand.job === undefined);
        if (closed) reject(problem("unavailable", { what: "The server is stopping." }, { headers: { "Retry-After": "5" } }));
        else if (idle !== undefined) give(idle, job);
        else if (hands.size < workers) give(start(), job);
        else if (queue.length < longestQueue) queue.push(job);
        else reject(problem("unavailable", { what: "Too many queries that read whole collections are waiting." }, { headers: { "Retry-After": "5" } }));
      }),
    async close() {
      closed = true;
      while (queue.length > 0 || [...hands].some((hand) => hand.job !== undefined)) await new Promise((resolve) => setTimeout(resolve, 5));
      const all = [...hands];
      hands.clear();
      for (const hand of all) clearTimeout(hand.timer);
      await Promise.all(all.map((hand) => hand.worker.terminate()));
    },
  };
}

function tooSlow(budget: number): Error {
  const what = `The query took longer than ${budget / 1000} seconds and was stopped. Narrow its $filter, best by a comparison of an indexed property.`;
  return problem("timeout", { what });
}
