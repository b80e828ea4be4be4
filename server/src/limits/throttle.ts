import { recentlyUsed } from "../base/recentlyUsed.ts";
import type { Caller } from "../auth/caller.ts";
import { problem } from "../base/errors.ts";
import type { Exchange, SharedMeter } from "./exchange.ts";

/** Requests per minute that one app may make in one tenant (R167); `off`: no limit. */
export interface Rates {
  readonly reads: number | "off";
  readonly writes: number | "off";
}

/** High enough that no SDK at work meets them; Graph itself gives 150 to `/security`. */
export const usualRates: Rates = { reads: 600_000, writes: 300_000 };

/**
 * Counts a request of a caller. Gives the `RateLimit-*` headers of the answer when the limit is near (R166), else
 * undefined; throws `throttled` with `Retry-After` when it is reached (R164).
 */
export type Throttle = (caller: Caller, kind: keyof Rates) => Readonly<Record<string, string>> | undefined;

/** What is used up and promised of one kind, in milliseconds of the clock. */
interface Meter extends SharedMeter {
  /** The latest moment that a refused request was told to come back at. */
  promised: number;
}

interface Meters {
  readonly reads: Meter;
  readonly writes: Meter;
}

const window = 60_000;
const nearShare = 0.2;
const knownCallers = 10_000;

/**
 * A token bucket for each app and tenant, reads and writes apart. It holds one minute's requests and fills steadily, so
 * that the window slides. Refused requests are told different moments: all of a burst that waited get in (R165).
 * The clock must not jump. With an `exchange`, servers share the buckets.
 */
export function createThrottle(rates: Rates, clock: () => number = () => performance.now(), exchange?: Exchange): Throttle {
  const callers = recentlyUsed<Meters>(knownCallers);
  return ({ tenant, appId }, kind) => {
    const limit = rates[kind];
    if (limit === "off") return undefined;
    const key = `${appId}\n${tenant}`;
    let meters = callers.get(key);
    if (meters === undefined) callers.set(key, (meters = { reads: emptyMeter(), writes: emptyMeter() }));
    const headers = take(meters[kind], limit, clock());
    exchange?.note({ tenant, appId, kind }, meters[kind]);
    return headers;
  };
}

function emptyMeter(): Meter {
  return { full: 0, promised: 0, unshared: 0 };
}

/** Generic cell rate algorithm: the moment at which the bucket is full tells how much is in it. */
function take(meter: Meter, limit: number, now: number): Readonly<Record<string, string>> | undefined {
  const each = window / limit;
  const full = Math.max(meter.full, now) + each;
  const wait = full - window - now;
  // Sums of fractions differ from their product by less than this.
  if (wait > 0.001) throw throttled(meter, limit, { now, wait, each });
  meter.full = full;
  meter.unshared += each;
  const remaining = Math.floor((0.001 - wait) / each);
  return remaining >= limit * nearShare ? undefined : headersOf(limit, remaining, full - now);
}

interface Refused {
  readonly now: number;
  readonly wait: number;
  readonly each: number;
}

/** R164. The next free moment that nobody was promised yet, at most a window away. */
function throttled(meter: Meter, limit: number, { now, wait, each }: Refused): Error {
  const moment = Math.min(Math.max(now + wait, meter.promised + each), now + window);
  meter.promised = moment;
  const seconds = Math.max(1, Math.ceil((moment - now) / 1000));
  const headers = { "Retry-After": String(seconds), ...headersOf(limit, 0, meter.full - now) };
  return problem("throttled", { seconds }, { inner: "429", innerStatus: "429", headers });
}

function headersOf(limit: number, remaining: number, fullIn: number): Readonly<Record<string, string>> {
  return { "RateLimit-Limit": String(limit), "RateLimit-Remaining": String(remaining), "RateLimit-Reset": String(Math.max(1, Math.ceil(fullIn / 1000))) };
}
