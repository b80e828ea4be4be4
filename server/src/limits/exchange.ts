import { createAlarm, type Alarm } from "../base/alarm.ts";
import type { Rates } from "./throttle.ts";

/** Whose bucket: an application in a tenant, reads or writes. */
export interface BucketName {
  readonly tenant: string;
  readonly appId: string;
  readonly kind: keyof Rates;
}

/** What a server took out of a bucket since it told last: milliseconds in which so much flows in again. */
export interface Spent extends BucketName {
  readonly spent: number;
}

/**
 * Where servers that share a database tell each other: takes what one has spent and answers, in the same order, in how many
 * milliseconds each bucket is full again after all that any server has told.
 */
export type ShareRates = (spent: readonly Spent[]) => Promise<readonly number[]>;

/** A bucket as this server knows it, in milliseconds of its clock. */
export interface SharedMeter {
  /** When the bucket is full again. */
  full: number;
  /** What others were not told yet. */
  unshared: number;
}

/** Tells what was spent, behind the requests. */
export interface Exchange {
  /** Something was spent. */
  readonly note: (name: BucketName, meter: SharedMeter) => void;
  readonly stop: Alarm["stop"];
}

export interface ExchangeSettings {
  readonly share: ShareRates;
  /** Milliseconds of the throttle's clock. */
  readonly clock: () => number;
  /** Milliseconds between two exchanges. */
  readonly every?: number;
  /** What is not worth telling: milliseconds of a bucket. */
  readonly least?: number;
}

/**
 * Makes the exchange. It takes place at most once a second, while somebody spends more than a hundredth of what a minute
 * gives: servers of quiet callers tell nothing. A failure costs nothing but time: each server counts by itself meanwhile.
 *
 * The bound for N servers, of which each lets at most `s` requests of one caller pass in a second: in any stretch of time
 * they let (N - 1) * (s + a hundredth of the rate) more pass together than one alone would; what was too much is missing after it.
 */
export function createExchange({ share, clock, every = 1000, least = 600 }: ExchangeSettings): Exchange {
  let waiting = new Map<SharedMeter, BucketName>();
  let last = -Infinity;
  const alarm = createAlarm(async () => {
    const wait = waiting.size === 0 ? Infinity : last + every - clock();
    if (wait > 0) return wait;
    last = clock();
    const told = [...waiting].map(([meter, name]) => ({ meter, spent: { ...name, spent: meter.unshared } }));
    waiting = new Map();
    for (const { meter } of told) meter.unshared = 0;
    await tell(told).catch(() => {
      for (const { meter, spent } of told) meter.unshared += spent.spent;
    });
    return Infinity;
  });

  async function tell(told: readonly { readonly meter: SharedMeter; readonly spent: Spent }[]): Promise<void> {
    const fullIn = await share(told.map(({ spent }) => spent));
    const now = clock();
    for (const [index, { meter }] of told.entries()) meter.full = Math.max(meter.full, now + fullIn[index]! + meter.unshared);
  }

  return {
    note(name, meter) {
      if (meter.unshared < least || waiting.has(meter)) return;
      waiting.set(meter, name);
      alarm.ring();
    },
    stop: alarm.stop,
  };
}
