import { randomOf } from "../process/randomOf.ts";

/** Choices that a seed repeats. */
export interface Dice {
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number;
  /** True so many times in a hundred. */
  readonly often: (percent: number) => boolean;
  readonly one: <T>(of: readonly T[]) => T;
  /** From `fewest` to `most` results of a call. */
  readonly some: <T>(fewest: number, most: number, make: () => T) => T[];
}

/** The dice of a seed. */
export function diceOf(seed: number): Dice {
  const { between } = randomOf(seed);
  return {
    between,
    often: (percent) => between(1, 100) <= percent,
    one: (of) => of[between(0, of.length - 1)]!,
    some: (fewest, most, make) => Array.from({ length: between(fewest, most) }, make),
  };
}
