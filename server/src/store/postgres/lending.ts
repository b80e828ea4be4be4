import type { Pool, PoolClient } from "pg";
import type { Awaitable } from "../../base/awaitable.ts";
import { DatabaseError } from "./databaseError.ts";

/** A connection that is lent, or idle; idle ones do not keep the process. */
interface Held extends PoolClient {
  readonly ref: () => void;
  readonly unref: () => void;
}

interface Waiter {
  readonly resolve: (client: Awaitable<Held>) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export interface LendingOptions {
  /** Connections at most. */
  readonly most: number;
  /** Milliseconds that somebody waits for a connection. */
  readonly patience: number;
}

/** Milliseconds after which a connection that nobody needed is closed. */
const idleFor = 60_000;

/**
 * Connections of a pool, lent to one piece of work at a time. Idle ones are kept at hand here, the pool makes and ends them: asked for each
 * piece of work, it would set and clear two timers and wait a turn, which is a good part of what a read of one row takes.
 */
export class Lending {
  readonly #pool: Pool;
  readonly #options: LendingOptions;
  readonly #idle: Held[] = [];
  readonly #waiting: Waiter[] = [];
  /** Connections that broke while they were lent. */
  readonly #broken = new WeakSet<Held>();
  readonly #looking: NodeJS.Timeout;
  /** The fewest that were idle at once since the last look: so many were not needed. */
  #fewest = 0;
  #closed = false;

  constructor(pool: Pool, options: LendingOptions) {
    this.#pool = pool;
    // Whoever uses a connection that breaks is told by what it asked.
    pool.on("error", () => undefined);
    pool.on("connect", (client) => void client.on("error", () => undefined));
    this.#options = options;
    this.#looking = setInterval(() => this.#look(), idleFor).unref();
  }

  /** A connection: at once where one is idle. Rejects with a DatabaseError when none can be had in time. */
  take(): Awaitable<Held> {
    if (this.#closed) throw new Error("The store is closed.");
    const client = this.#idle.pop();
    if (client === undefined) return this.#isFull() ? this.#wait() : this.#connect();
    if (this.#idle.length < this.#fewest) this.#fewest = this.#idle.length;
    client.ref();
    return client;
  }

  /** Takes a connection back; one that failed is not lent again. */
  give(client: Held, failed: boolean): void {
    if (failed || this.#broken.has(client)) {
      client.release(true);
      return this.#serveNext();
    }
    const next = this.#next();
    if (next !== undefined) return next.resolve(client);
    if (this.#closed) return client.release();
    // A command that is done ends, whatever is still connected.
    client.unref();
    this.#idle.push(client);
  }

  figures(): { readonly connections: number; readonly busy: number; readonly waiting: number } {
    const { totalCount } = this.#pool;
    return { connections: totalCount, busy: totalCount - this.#idle.length, waiting: this.#waiting.length };
  }

  /** Lends no more, and waits until all are back. */
  close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    for (const client of this.#idle.splice(0)) client.release(true);
    return this.#pool.end();
  }

  #isFull(): boolean {
    return this.#pool.totalCount >= this.#options.most;
  }

  async #connect(): Promise<Held> {
    try {
      return this.#watch((await this.#pool.connect()) as Held);
    } catch (error) {
      this.#serveNext();
      throw new DatabaseError(error as Error);
    }
  }

  /** One that breaks while idle is dropped; whoever asks next finds out what is wrong. */
  #watch(client: Held): Held {
    client.on("error", () => {
      const at = this.#idle.indexOf(client);
      if (at < 0) return void this.#broken.add(client);
      this.#idle.splice(at, 1);
      this.#fewest = Math.min(this.#fewest, this.#idle.length);
      client.release(true);
    });
    return client;
  }

  #wait(): Promise<Held> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new DatabaseError(new Error("All connections were busy for too long.")));
      }, this.#options.patience);
      const waiter = { resolve, reject, timer };
      this.#waiting.push(waiter);
    });
  }

  #next(): Waiter | undefined {
    const next = this.#waiting.shift();
    clearTimeout(next?.timer);
    return next;
  }

  /** A connection less: who waits may have a new one. */
  #serveNext(): void {
    if (!this.#isFull()) this.#next()?.resolve(this.#connect());
  }

  /** Closes what nobody needed since the last look. */
  #look(): void {
    for (const client of this.#idle.splice(0, this.#fewest)) client.release(true);
    this.#fewest = this.#idle.length;
  }
}
