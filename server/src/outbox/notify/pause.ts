/** Calls or looks that failed since the last that did not, and when to try again, by the steady clock. */
export interface Pause {
  readonly failures: number;
  readonly notBefore: number;
}
export const noPause: Pause = { failures: 0, notBefore: 0 };

const [first, longest] = [1_000, 300_000];

/** The next of a row of pauses: 1, 2, 4, ... seconds, five minutes at most, with some of it left to chance, so that those who failed together do not come back together. */
export function longerPause({ failures }: Pause, now: number): Pause {
  return { failures: failures + 1, notBefore: now + Math.min(first * 2 ** failures, longest) * (0.75 + Math.random() / 2) };
}
