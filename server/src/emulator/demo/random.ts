/** A source of numbers that is the same every time. */
export interface Random {
  /** At least 0, below 1. */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(items: readonly T[]) => T;
  /** Some of the items, each at most once. */
  readonly some: <T>(items: readonly T[], count: number) => readonly T[];
}

const seed = 0x5ec96a;

/** mulberry32, started from the demo's seed and a label, so that one part of the demo can change without the others. */
export function random(label: string): Random {
  let state = seed;
  for (const letter of label) state = Math.imul(state ^ letter.codePointAt(0)!, 0x01000193) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(items: readonly T[]): T => items[whole(0, items.length - 1)]!;
  const some = <T>(items: readonly T[], count: number): readonly T[] => {
    const left = [...items];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(whole(0, left.length - 1), 1)[0]!);
  };
  return { next, whole, chance: (probability) => next() < probability, pick, some };
}
