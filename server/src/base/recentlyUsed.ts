import { LRUCache } from "lru-cache";

/**
 * Makes a memory of so many entries at most, the least lately used dropped first. It grows with what is in it: one that
 * is made with `max` has its places for all from the start, which for a handful of them are megabytes and a part of a start.
 */
export function recentlyUsed<V extends object | true | string>(
  most: number,
  more: Omit<LRUCache.Options<string, V, unknown>, "max" | "maxSize" | "sizeCalculation"> = {},
): LRUCache<string, V> {
  return new LRUCache<string, V>({ ...more, maxSize: most, sizeCalculation: () => 1 });
}
