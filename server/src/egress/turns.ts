import { EgressFault } from "./egressFault.ts";

/** How many calls may be under way and wait. */
export interface TurnLimits {
  readonly running: number;
  readonly runningEach: number;
  readonly waiting: number;
  /** Of one destination, so that it cannot take all places to wait. */
  readonly waitingEach: number;
  /** Milliseconds that a call waits for its turn. */
  readonly patience: number;
}

/** Who may call now: so many in all, so many to one destination, and the destinations that wait take turns. */
export interface Turns {
  /** Takes a place; undefined when there was one, else a promise of one. Throws or rejects with an EgressFault. */
  readonly enter: (destination: string) => Promise<void> | undefined;
  readonly leave: (destination: string) => void;
  readonly counts: () => { readonly running: number; readonly waiting: number };
  /** Refuses whoever waits. */
  readonly stop: () => void;
}

/** Makes the turns, nobody under way. */
export function createTurns(limits: TurnLimits): Turns {
  const row = new Row(limits);
  return {
    enter: (destination) => row.enter(destination),
    leave: (destination) => row.leave(destination),
    counts: () => ({ running: row.running, waiting: row.waiting }),
    stop: () => row.stop(),
  };
}

interface Waiter {
  readonly go: () => void;
  readonly refuse: (fault: EgressFault) => void;
  gone: boolean;
}

interface Lane {
  running: number;
  readonly waiters: Waiter[];
}

class Row {
  running = 0;
  waiting = 0;
  readonly #limits: TurnLimits;
  readonly #lanes = new Map<string, Lane>();
  /** Destinations that have somebody waiting and a place of their own. */
  readonly #ready = new Set<string>();

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  enter(destination: string): Promise<void> | undefined {
    const { runningEach, running, waiting, waitingEach } = this.#limits;
    const lane = this.#lanes.get(destination) ?? { running: 0, waiters: [] };
    const isFree = lane.running < runningEach && lane.waiters.length === 0 && this.running < running;
    if (!isFree && (this.waiting >= waiting || lane.waiters.length >= waitingEach))
      throw new EgressFault("busy", { detail: `${this.waiting} calls wait already` });
    this.#lanes.set(destination, lane);
    if (!isFree) return this.#wait(destination, lane);
    lane.running += 1;
    this.running += 1;
    return undefined;
  }

  leave(destination: string): void {
    const lane = this.#lanes.get(destination)!;
    lane.running -= 1;
    this.running -= 1;
    this.#note(destination, lane);
    if (this.#ready.size > 0) this.#next();
  }

  stop(): void {
    for (const { waiters } of this.#lanes.values()) {
      for (const waiter of waiters.splice(0)) if (!waiter.gone) waiter.refuse(new EgressFault("stopped", { begun: false }));
    }
    this.waiting = 0;
    this.#ready.clear();
  }

  #wait(destination: string, lane: Lane): Promise<void> {
    const { patience } = this.#limits;
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        gone: false,
        go() {
          clearTimeout(timer);
          resolve();
        },
        refuse(fault) {
          clearTimeout(timer);
          reject(fault);
        },
      };
      const timer = setTimeout(() => {
        waiter.gone = true;
        this.waiting -= 1;
        reject(new EgressFault("busy", { detail: `no turn within ${patience} ms` }));
      }, patience);
      this.waiting += 1;
      lane.waiters.push(waiter);
      this.#note(destination, lane);
    });
  }

  #note(destination: string, lane: Lane): void {
    if (lane.waiters.length > 0 && lane.running < this.#limits.runningEach) this.#ready.add(destination);
    else this.#ready.delete(destination);
    if (lane.running === 0 && lane.waiters.length === 0) this.#lanes.delete(destination);
  }

  #next(): void {
    for (const destination of this.#ready) {
      if (this.running >= this.#limits.running) return;
      const lane = this.#lanes.get(destination)!;
      let waiter = lane.waiters.shift();
      while (waiter?.gone === true) waiter = lane.waiters.shift();
      if (waiter !== undefined) {
        lane.running += 1;
        this.running += 1;
        this.waiting -= 1;
        waiter.go();
      }
      // To the end of the row, if it is still one of those.
      this.#ready.delete(destination);
      this.#note(destination, lane);
    }
  }
}
