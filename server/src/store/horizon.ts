import { instantOf } from "../base/instant.ts";

const day = 24 * 3600 * 1000;

/** The instant so many days ago: what is older goes. */
export function horizonOf(now: string, days: number): string {
  return instantOf(Date.parse(now) - days * day);
}

/** Days of one partition: a quarter of what is kept, so that little is kept for longer; four weeks where nothing goes. */
export function periodOf(days: number | undefined): number {
  return days === undefined ? 28 : Math.max(1, Math.min(28, Math.ceil(days / 4)));
}
