const begun = Date.now();
const origin = performance.now();

/**
 * Milliseconds since 1970 as this process knew them at its start, and as many more as have passed since: what lasts for a
 * while (tokens of pages, keys, codes, locks against guessing) lasts that long though somebody sets the wall clock.
 */
export function steadyClock(): number {
  return begun + Math.floor(performance.now() - origin);
}
