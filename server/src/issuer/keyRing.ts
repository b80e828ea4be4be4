import type { SigningKey } from "./issuerStore.ts";

/** The keys of a moment. */
export interface KeyRing {
  readonly signing: SigningKey;
  /** Those that are published and believed, newest first: the next one before it signs, earlier ones until their tokens have ended. */
  readonly published: readonly SigningKey[];
}

/** Milliseconds that a new key is published before it signs: longer than anybody may keep the key document. */
export const publishedAhead = 2 * 3600 * 1000;

/** Milliseconds that a key is believed after it signed last: the longest life of a token, and an hour. */
const believedAfter = 25 * 3600 * 1000;

/** The keys that sign and that count at a moment (milliseconds). There is one at least. */
export function keyRing(keys: readonly SigningKey[], now: number): KeyRing {
  const newest = keys.toSorted((one, other) => startOf(other) - startOf(one));
  const at = newest.findIndex((key) => startOf(key) <= now);
  const signing = newest[at] ?? newest.at(-1)!;
  const published = newest.filter((_, index) => index === 0 || startOf(newest[index - 1]!) + believedAfter > now);
  return { signing, published };
}

/** The keys with a further one, which signs later, or at once and alone: then no token of before is believed. */
export function rotated(keys: readonly SigningKey[], fresh: SigningKey, now: number, atOnce: boolean): readonly SigningKey[] {
  if (atOnce) return [fresh];
  return [{ ...fresh, signsFrom: new Date(now + publishedAhead).toISOString() }, ...keyRing(keys, now).published];
}

/** When a key begins to sign, in milliseconds. */
export function startOf({ signsFrom, created }: SigningKey): number {
  return Date.parse(signsFrom ?? created);
}
