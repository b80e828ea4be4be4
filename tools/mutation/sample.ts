/** `count` of the items, the same ones for the same seed, in their own order. */
export function sample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const places = items.map((_, index) => index);
  const next = randomOf(seed);
  for (let last = places.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [places[last], places[other]] = [places[other] ?? 0, places[last] ?? 0];
  }
  const chosen = new Set(places.slice(0, count));
  return items.filter((_, index) => chosen.has(index));
}

/** Numbers from 0 up to 1 by the algorithm mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
