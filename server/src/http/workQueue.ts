import { busy } from "./busy.ts";
import type { ServerLimits } from "./serverLimits.ts";

/** Lets so many requests work at a time; some more wait their turn. */
export interface WorkQueue {
  /** Runs the work now, or when there is a place. Throws `busy` when too many wait already, or when the wait was too long. */
  readonly run: <T>(work: () => T | Promise<T>) => Promise<T>;
  /** True when one more would be refused. */
  readonly isFull: () => boolean;
  readonly load: () => { readonly running: number; readonly waiting: number };
}

/** Makes the queue that all listeners share. */
export function createWorkQueue({ requests, waiting, patience }: Pick<ServerLimits, "requests" | "waiting" | "patience">): WorkQueue {
  let running = 0;
  const line = new Set<() => void>();
  const isFull = (): boolean => running >= requests && line.size >= waiting;

  function place(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (line.size >= waiting) return reject(busy());
      const enter = (): void => {
        clearTimeout(timer);
        line.delete(enter);
        resolve();
      };
      const timer = setTimeout(() => {
        line.delete(enter);
        reject(busy());
      }, patience);
      line.add(enter);
    });
  }

  /** A place that is left goes to who waits longest. */
  function leave(): void {
    const [next] = line;
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    isFull,
    load: () => ({ running, waiting: line.size }),
    async run(work) {
      if (running < requests) running += 1;
      else await place();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
