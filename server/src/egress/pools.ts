import type { Pool } from "undici";
import { EgressFault } from "./egressFault.ts";

/** How long connections are kept. Milliseconds. */
export interface PoolLimits {
  /** Pools at one time; more only while all of them are in use. */
  readonly most: number;
  /** From the look-up of the name on; then it is looked up and checked anew. */
  readonly life: number;
  /** Without a call. */
  readonly idle: number;
}

/** The pool of a destination. */
export interface KeptPool {
  readonly pool: Pool;
  readonly until: number;
  usedAt: number;
  running: number;
}

/** Pools by destination; each leads to the addresses that were checked when it was made. */
export interface Pools {
  /** The pool of a destination, made by `make` when there is none that is fresh; who asks meanwhile shares it. */
  readonly take: (destination: string, make: () => Promise<Pool>) => KeptPool | Promise<KeptPool>;
  /** Closes a pool that leads nowhere, so that the next call looks the name up again. */
  readonly drop: (destination: string, kept: KeptPool) => void;
  readonly count: () => number;
  /** Ends all connections and what is under way on them. */
  readonly close: () => Promise<void>;
}

/** Makes the pools, none yet. */
export function createPools(limits: PoolLimits): Pools {
  const shelf = new Shelf(limits);
  return {
    take: (destination, make) => shelf.take(destination, make),
    drop: (destination, kept) => shelf.drop(destination, kept),
    count: () => shelf.kept.size,
    close: () => shelf.close(),
  };
}

class Shelf {
  readonly kept = new Map<string, KeptPool>();
  readonly #limits: PoolLimits;
  readonly #opening = new Map<string, Promise<KeptPool>>();
  /** Given up, but still answering what was under way. */
  readonly #retired = new Set<Pool>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
  }

  take(destination: string, make: () => Promise<Pool>): KeptPool | Promise<KeptPool> {
    const found = this.kept.get(destination);
    if (found !== undefined) {
      const now = performance.now();
      if (found.until > now) {
        found.usedAt = now;
        return found;
      }
      this.#retire(destination, found);
    }
    let pending = this.#opening.get(destination);
    if (pending === undefined) {
      pending = this.#open(destination, make).finally(() => this.#opening.delete(destination));
      this.#opening.set(destination, pending);
    }
    return pending;
  }

  drop(destination: string, one: KeptPool): void {
    if (this.kept.get(destination) === one) this.#retire(destination, one);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const all = [...this.#retired, ...[...this.kept.values()].map(({ pool }) => pool)];
    this.kept.clear();
    await Promise.all(all.map(endOf));
  }

  async #open(destination: string, make: () => Promise<Pool>): Promise<KeptPool> {
    const from = performance.now();
    const pool = await make();
    if (this.#closed) {
      await endOf(pool);
      throw new EgressFault("stopped", { begun: false });
    }
    this.#makeRoom();
    const one: KeptPool = { pool, until: from + this.#limits.life, usedAt: performance.now(), running: 0 };
    this.kept.set(destination, one);
    this.#watch();
    return one;
  }

  #makeRoom(): void {
    while (this.kept.size >= this.#limits.most) {
      const [oldest] = [...this.kept].filter(([, { running }]) => running === 0).toSorted(([, a], [, b]) => a.usedAt - b.usedAt);
      if (oldest === undefined) return;
      this.#retire(...oldest);
    }
  }

  #retire(destination: string, { pool }: KeptPool): void {
    this.kept.delete(destination);
    this.#retired.add(pool);
    void pool
      .close()
      .catch(() => undefined)
      .finally(() => this.#retired.delete(pool));
  }

  /** Nothing runs while there is nothing to look after. */
  #watch(): void {
    this.#timer ??= setTimeout(() => this.#sweep(), this.#limits.idle).unref();
  }

  #sweep(): void {
    const now = performance.now();
    for (const [destination, one] of this.kept) {
      if (one.until <= now || (one.running === 0 && one.usedAt + this.#limits.idle <= now)) this.#retire(destination, one);
    }
    this.#timer = undefined;
    if (this.kept.size > 0) this.#watch();
  }
}

function endOf(pool: Pool): Promise<void> {
  return pool.destroy().catch(() => undefined);
}
