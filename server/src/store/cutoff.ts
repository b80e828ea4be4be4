import { instantOf } from "../base/instant.ts";

const keptFor = 24 * 3600 * 1000;

/** Idempotency keys before this instant are forgotten. */
export function cutoff(now: string): string {
  return instantOf(Date.parse(now) - keptFor);
}
