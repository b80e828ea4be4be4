/** Tells a first occurrence at once and sums up those that follow: a flood becomes a line every ten seconds. */
export interface Tally<T> {
  readonly count: (key: string, about: T) => void;
}

const window = 10_000;
/** Keys that are summed up apart; more share one line. */
const most = 200;
const others = "";

/** Makes the tally; `tell` gets what the first of a key was about and how many there were since the last line. */
export function createTally<T>(tell: (about: T, count: number) => void): Tally<T> {
  const sums = new Map<string, { readonly about: T; count: number }>();
  function sumUp(): void {
    for (const [key, sum] of sums) {
      if (sum.count === 0) sums.delete(key);
      else tell(sum.about, sum.count);
      sum.count = 0;
    }
    if (sums.size > 0) later();
  }
  const later = (): void => void setTimeout(sumUp, window).unref();
  return {
    count(key, about) {
      const known = sums.get(key) ?? (sums.size < most ? undefined : sums.get(others));
      if (known !== undefined) return void (known.count += 1);
      if (sums.size === 0) later();
      sums.set(sums.size < most ? key : others, { about, count: 0 });
      tell(about, 1);
    },
  };
}
