const [first, longest] = [1_000, 900_000];

/** Milliseconds until what failed so often is tried again: about 1, 2, 4, ... seconds, a quarter of an hour at most, with some of it left to chance, so that those who failed together do not come back together. */
export function pauseAfter(failures: number): number {
  return Math.round(Math.min(first * 2 ** Math.max(0, failures - 1), longest) * (0.75 + Math.random() / 2));
}
