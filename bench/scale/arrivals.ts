import { randomOf } from "./work.ts";

/** Requests of the busy hour. */
export interface Load {
  readonly hubs: number;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  /** The part of reads that are lists, that ask for changes, and that reach for old rows. */
  readonly lists: number;
  readonly deltas: number;
  readonly cold: number;
  /** The part of writes that come in bursts into one hub, so many, one each millisecond. */
  readonly bursts: number;
  readonly burst: number;
}

export type Kind = "get" | "list" | "delta" | "write";

/** One that came. */
export interface Request {
  readonly kind: Kind;
  readonly hub: number;
  /** Milliseconds since the beginning. */
  readonly arrival: number;
  /** How far it has come. */
  stage: number;
}

/** Numbers between 0 and 1, always the same for a seed. */
export function partsOf(seed: number): () => number {
  const random = randomOf(seed);
  return () => (random() + 0.5) / 2 ** 32;
}

/** Requests of the time: of hubs in proportion to their sizes, which are as unlike as sizes of customers are. */
export function arrivals(load: Load, milliseconds: number, seed: number): Request[] {
  const part = partsOf(seed);
  const weights = cumulative(hubSizes(load.hubs, seed));
  const hub = (): number => search(weights, part() * weights.at(-1)!);
  const made: Request[] = [];
  const add = (kind: Kind, at: number, of: number): void => void made.push({ kind, hub: of, arrival: at, stage: 0 });
  const reads = Math.round((load.readsPerSecond * milliseconds) / 1000);
  for (let n = 0; n < reads; n += 1) {
    const dice = part();
    add(dice < load.deltas ? "delta" : dice < load.deltas + load.lists ? "list" : "get", part() * milliseconds, hub());
  }
  const writes = Math.round((load.writesPerSecond * milliseconds) / 1000);
  const bursts = Math.round((writes * load.bursts) / load.burst);
  for (let n = 0; n < bursts; n += 1) {
    const [at, of] = [part() * milliseconds, hub()];
    for (let one = 0; one < load.burst; one += 1) add("write", at + one, of);
  }
  for (let n = bursts * load.burst; n < writes; n += 1) add("write", part() * milliseconds, hub());
  return made;
}

/** Parts of all rows by hub: log-normal, so that the largest of ten thousand has some hundred times the median. */
export function hubSizes(hubs: number, seed: number): number[] {
  const part = partsOf(seed + 2);
  const normal = (): number => Math.sqrt(-2 * Math.log(part())) * Math.cos(2 * Math.PI * part());
  const weights = Array.from({ length: hubs }, () => Math.exp(1.5 * normal()));
  const all = weights.reduce((sum, one) => sum + one, 0);
  return weights.map((one) => one / all);
}

function cumulative(parts: readonly number[]): number[] {
  let sum = 0;
  return parts.map((one) => (sum += one));
}

function search(sums: readonly number[], wanted: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
