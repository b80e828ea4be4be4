import type { EngineFigures } from "./figures.ts";
import { arrivals, partsOf, type Kind, type Load, type Request } from "./arrivals.ts";

/** The machines of a deployment; `together`: the database is in the server's one thread, and its commit stops it (SQLite). */
export interface Deployment {
  readonly name: string;
  readonly figures: EngineFigures;
  readonly together?: true;
  /** Cores of all servers, of one database, and how many databases hold the hubs. */
  readonly serverCores: number;
  readonly databaseCores: number;
  readonly shards: number;
  /** Databases that answer reads of a shard: the primary and its standbys. */
  readonly readers: number;
  /** Bytes of memory of one database, and of data in each. */
  readonly memory: number;
  readonly data: number;
  /** Milliseconds of a commit, and of a page that is not in memory. */
  readonly commit: number;
  readonly miss: number;
  /** Milliseconds of the way between server and database, there and back. */
  readonly way: number;
}

/** What came of it: milliseconds, and the part of the time that cores work. */
export interface Outcome {
  readonly read50: number;
  readonly read99: number;
  readonly write50: number;
  readonly write99: number;
  readonly servers: number;
  readonly databases: number;
  /** More comes than goes: the cores of servers, or of some database. */
  readonly saturated: boolean;
}

interface Event {
  readonly at: number;
  readonly request: Request;
}

/** Cores that serve who comes first. */
class Pool {
  readonly #free: number[];
  busy = 0;

  constructor(cores: number) {
    this.#free = Array.from({ length: cores }, () => 0);
  }

  /** When the work ends that comes at this time. */
  serve(at: number, work: number): number {
    let first = 0;
    for (let core = 1; core < this.#free.length; core += 1) if (this.#free[core]! < this.#free[first]!) first = core;
    const end = Math.max(at, this.#free[first]!) + work;
    this.#free[first] = end;
    this.busy += work;
    return end;
  }
}

/** Events by their time: a heap. */
class Agenda {
  readonly #events: Event[] = [];

  get size(): number {
    return this.#events.length;
  }

  add(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0 && events[(at - 1) >> 1]!.at > event.at) {
      events[at] = events[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    events[at] = event;
  }

  next(): Event {
    const events = this.#events;
    const [first] = events;
    const last = events.pop()!;
    if (events.length === 0) return first!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < events.length && events[child + 1]!.at < events[child]!.at) child += 1;
      if (child >= events.length || events[child]!.at >= last.at) break;
      events[at] = events[child]!;
      at = child;
    }
    events[at] = last;
    return first!;
  }
}

/** Writes of one hub follow each other: each holds the hub's counter until it is on disk. */
class Locks {
  readonly #held = new Map<number, Request[]>();

  /** True when it is free; else the request waits. */
  take(request: Request): boolean {
    const waiting = this.#held.get(request.hub);
    if (waiting === undefined) this.#held.set(request.hub, []);
    else waiting.push(request);
    return waiting === undefined;
  }

  /** Who has it next. */
  pass(hub: number): Request | undefined {
    const next = this.#held.get(hub)!.shift();
    if (next === undefined) this.#held.delete(hub);
    return next;
  }
}

/** How much comes in the time that is looked at. */
const requests = 20_000;

/**
 * Lets a busy hour come over a deployment, request by request: cores of servers and databases serve who comes first, writes of a hub wait for each other, commits and
 * pages that are not in memory take their time. What one request takes is what was measured; sizes of hubs and the moments of requests are drawn from a seed.
 */
export function simulate(deployment: Deployment, load: Load, seed: number): Outcome {
  const milliseconds = (requests * 1000) / (load.readsPerSecond + load.writesPerSecond);
  const run = new Run(deployment, load, seed);
  const all = arrivals(load, milliseconds, seed);
  if (deployment.together) run.turn(all.toSorted((one, other) => one.arrival - other.arrival));
  else run.follow(all);
  return run.outcome(milliseconds);
}

class Run {
  readonly #agenda = new Agenda();
  readonly #deployment: Deployment;
  readonly #cold: number;
  readonly #random: () => number;
  readonly #servers: Pool;
  readonly #primaries: readonly Pool[];
  readonly #readers: readonly Pool[];
  readonly #locks = new Locks();
  readonly #took: Readonly<Record<"read" | "write", number[]>> = { read: [], write: [] };

  constructor(deployment: Deployment, { cold }: Load, seed: number) {
    this.#deployment = deployment;
    this.#cold = cold;
    const { serverCores, databaseCores, shards, readers } = deployment;
    this.#servers = new Pool(deployment.together ? 1 : serverCores);
    this.#primaries = Array.from({ length: shards }, () => new Pool(databaseCores));
    // The primary is one of those that answer reads.
    this.#readers = this.#primaries.flatMap((primary) => [primary, ...Array.from({ length: readers - 1 }, () => new Pool(databaseCores))]);
    this.#random = partsOf(seed + 1);
  }

  #last = 0;

  /** Every request on its way through servers and databases. */
  follow(all: readonly Request[]): void {
    for (const request of all) this.#go(request, request.arrival);
    while (this.#agenda.size > 0) this.#step(this.#agenda.next());
  }

  /** One thread, turn by turn: it does what has come, then commits the writes among it at once. */
  turn(all: readonly Request[]): void {
    const { commit, miss } = this.#deployment;
    let now = 0;
    for (let next = 0; next < all.length;) {
      now = Math.max(now, all[next]!.arrival);
      const writes: Request[] = [];
      for (const come = now; next < all.length && all[next]!.arrival <= come; next += 1) {
        const request = all[next]!;
        const isWrite = request.kind === "write";
        now = this.#servers.serve(now, this.#work("server", request.kind) + (!isWrite && this.#isMissing() ? miss : 0));
        if (isWrite) writes.push(request);
        else this.#end(request, now);
      }
      if (writes.length > 0) now = this.#servers.serve(now, commit);
      for (const request of writes) this.#end(request, now);
    }
  }

  #step({ at, request }: Event): void {
    const stage = request.stage++;
    if (stage === 0) this.#go(request, this.#servers.serve(at, this.#work("server", request.kind)));
    else if (request.kind !== "write") this.#end(request, this.#read(at, request));
    else if (stage === 1) this.#begin(request, at);
    else this.#finish(request, at);
  }

  #begin(request: Request, at: number): void {
    if (this.#locks.take(request)) this.#go(request, this.#write(at, request));
  }

  #finish(request: Request, at: number): void {
    this.#end(request, at);
    const next = this.#locks.pass(request.hub);
    if (next !== undefined) this.#go(next, this.#write(at, next));
  }

  #go(request: Request, at: number): void {
    this.#agenda.add({ at, request });
  }

  #end({ kind, arrival }: Request, at: number): void {
    this.#took[kind === "write" ? "write" : "read"].push(at - arrival);
    this.#last = Math.max(this.#last, at);
  }

  /** Milliseconds of work, spread around what was measured. */
  #work(where: "server" | "database", kind: Kind): number {
    const { sizes, write } = this.#deployment.figures;
    const cost = kind === "write" ? write : sizes.at(-1)![kind];
    return (cost[where] / 1000) * (0.5 - 0.5 * Math.log(this.#random()));
  }

  #read(at: number, { kind, hub }: Request): number {
    const { readers, shards, miss, way } = this.#deployment;
    const pool = this.#readers[(hub % shards) * readers + Math.floor(this.#random() * readers)]!;
    return pool.serve(at, this.#work("database", kind)) + way + (this.#isMissing() ? miss : 0);
  }

  #write(at: number, { hub }: Request): number {
    const { shards, commit, way } = this.#deployment;
    return this.#primaries[hub % shards]!.serve(at, this.#work("database", "write")) + 2 * way + commit;
  }

  /** A reach for an old row meets a page that is not in memory as often as the memory falls short of the data. */
  #isMissing(): boolean {
    const { memory, data } = this.#deployment;
    return this.#random() < this.#cold * Math.max(0, 1 - memory / data);
  }

  outcome(milliseconds: number): Outcome {
    const [read, write] = [this.#took.read, this.#took.write].map((all) => all.toSorted((one, other) => one - other)) as [number[], number[]];
    const at = (all: readonly number[], part: number): number => all[Math.floor((all.length - 1) * part)] ?? Number.NaN;
    const { serverCores, databaseCores, together } = this.#deployment;
    const databases = this.#readers.reduce((busy, pool) => busy + pool.busy, 0) / (this.#readers.length * databaseCores * milliseconds);
    const servers = this.#servers.busy / ((together ? 1 : serverCores) * milliseconds);
    const primaries = Math.max(...this.#primaries.map((pool) => pool.busy / (databaseCores * milliseconds)));
    // A thread that commits more at a time the more comes is always busy: it is late when it does not come to an end.
    const isLate = together === true ? this.#last > milliseconds * 1.05 : Math.max(servers, databases, primaries) > 0.98;
    const [read50, read99, write50, write99] = [at(read, 0.5), at(read, 0.99), at(write, 0.5), at(write, 0.99)];
    return { read50, read99, write50, write99, servers, databases, saturated: isLate };
  }
}
