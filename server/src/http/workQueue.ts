import type { Awaitable } from "../base/awaitable.ts";
import { busy } from "./busy.ts";
import type { ServerLimits } from "./serverLimits.ts";

/** Lets so many requests work at a time; some more wait their turn. */
export interface WorkQueue {
  /** Runs the work now, or when there is a place. Throws `busy` when too many wait already, or when the wait was too long. */
  readonly run: <T>(work: (seat: Seat) => Awaitable<T>) => Awaitable<T>;
  /** True when one more would be refused. */
  readonly isFull: () => boolean;
  readonly load: () => { readonly running: number; readonly waiting: number };
}

/** A place among those that work. */
export interface Seat {
  /** Leaves it to others until something has come; what is left to do then is not made to wait again. */
  readonly rest: <T>(until: Promise<T>) => Promise<T>;
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
    if (next === undefined || running > requests) running -= 1;
    else next();
  }

  const seat: Seat = {
    rest(until) {
      leave();
      return until.finally(() => void (running += 1));
    },
  };

  function carryOut<T>(work: (seat: Seat) => Awaitable<T>): Awaitable<T> {
    let result: Awaitable<T> | undefined;
    try {
      result = work(seat);
      return result instanceof Promise ? result.finally(leave) : result;
    } finally {
      if (!(result instanceof Promise)) leave();
    }
  }

  return {
    isFull,
    load: () => ({ running, waiting: line.size }),
    run(work) {
      if (running >= requests) return place().then(() => carryOut(work));
      running += 1;
      return carryOut(work);
    },
  };
}
