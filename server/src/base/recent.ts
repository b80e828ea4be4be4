/** A bounded memory of what was used lately. */
export interface Recent<V> {
  readonly find: (key: string) => V | undefined;
  readonly keep: (key: string, value: V) => void;
  readonly forget: (key: string) => void;
  readonly forgetAll: () => void;
}

/** How much is remembered, in units of `weigh`; without it each value counts one. What weighs more than half of it is not kept. */
export interface RecentLimits<V> {
  readonly most: number;
  readonly weigh?: (value: V) => number;
}

/**
 * Makes the memory, empty. It holds two generations: what is used moves to the young one, and when half of `most` is in
 * that it becomes the old one, whose values are given up. So a look-up is one of a Map, where a list in order of use
 * would touch several entries.
 */
export function createRecent<V>({ most, weigh = () => 1 }: RecentLimits<V>): Recent<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  let weight = 0;

  function keep(key: string, value: V): void {
    const own = weigh(value);
    if (own > most / 2) return forget(key);
    weight += own;
    if (weight > most / 2) {
      old = young;
      young = new Map();
      weight = own;
    }
    young.set(key, value);
  }

  function forget(key: string): void {
    young.delete(key);
    old.delete(key);
  }

  return {
    find(key) {
      const found = young.get(key);
      if (found !== undefined) return found;
      const older = old.get(key);
      if (older !== undefined) keep(key, older);
      return older;
    },
    keep,
    forget,
    forgetAll() {
      young.clear();
      old.clear();
      weight = 0;
    },
  };
}
