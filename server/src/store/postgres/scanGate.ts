import { LRUCache } from "lru-cache";
import { problem } from "../../base/errors.ts";
import { createTurns } from "../turns.ts";

/** Lets a few statements that may read whole tables run at a time; owners take turns. Those of tables that an owner has little in do not count. */
export interface ScanGate {
  /** Throws `unavailable` where too much waits or waits too long. */
  readonly run: <T>(owner: string, table: string, work: () => Promise<T>) => Promise<T>;
  readonly figures: () => { readonly busy: number; readonly waiting: number };
}

interface Waiting {
  readonly owner: string;
  readonly start: () => void;
}

const longestQueue = { all: 100, each: 16 };
/** Milliseconds after which a client is better told to come again. */
const longestWait = 5_000;
/** A scan that took less the last time needs no turn. */
const short = 25;

export function createScanGate(most: number): ScanGate {
  const queue = createTurns<Waiting>(longestQueue);
  let busy = 0;
  const took = new LRUCache<string, number>({ max: 10_000 });

  function enter(owner: string): Promise<void> | undefined {
    if (busy < most) return void (busy += 1);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { owner, start: resolve };
      if (!queue.push(owner, waiting)) return reject(crowded());
      setTimeout(() => queue.remove(owner, waiting) && reject(crowded()), longestWait).unref();
    });
  }

  function leave(): void {
    const next = queue.next();
    if (next === undefined) busy -= 1;
    else next.start();
  }

  return {
    async run(owner, table, work) {
      const key = `${owner} ${table}`;
      const waits = (took.get(key) ?? Infinity) >= short;
      if (waits) await enter(owner);
      const from = performance.now();
      try {
        return await work();
      } finally {
        took.set(key, performance.now() - from);
        if (waits) leave();
      }
    },
    figures: () => ({ busy, waiting: queue.size() }),
  };
}

function crowded(): Error {
  return problem("unavailable", { what: "Too many queries that read whole collections are waiting." }, { headers: { "Retry-After": "5" } });
}
