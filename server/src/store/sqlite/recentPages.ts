import { LRUCache } from "lru-cache";
import { recentlyUsed } from "../../base/recentlyUsed.ts";
import type { Permitted } from "../../auth/permitted.ts";
import type { Plan, Query } from "../../plan/plan.ts";
import type { Page } from "../store.ts";
import { keptSize } from "./keptSize.ts";

type Listing = Permitted<Extract<Plan, { readonly kind: "list" | "delta" }>>;

/**
 * Pages that were read lately, good as long as nothing is written in their hub: clients that poll ask for the same again
 * and again. One process has the file to itself: whoever writes forgets the hub, after COMMIT and before the write is
 * answered. A page that stands is the same object each time, so that what is made of it can be kept with it.
 */
export interface RecentPages {
  /** The page of a permitted plan, from memory or else read now. */
  readonly get: (permitted: Listing, read: () => Promise<Page>) => Promise<Page>;
  /** Forgets the pages of a hub. */
  readonly forget: (hub: string) => void;
}

const mostHubs = 10_000;

interface Kept {
  readonly page: Page;
  /** The keys of all kept pages of its hub. */
  readonly keys: Set<string>;
}

/** Makes the memory, empty, for so many bytes, what is printed of the pages included. */
export function createRecentPages(bytes: number): RecentPages {
  const pages = new LRUCache<string, Kept>({
    maxSize: Math.max(1, Math.floor(bytes)),
    maxEntrySize: Math.max(1, Math.floor(bytes / 8)),
    sizeCalculation: ({ page }) => keptSize(page),
    dispose: ({ keys }, key) => keys.delete(key),
  });
  /** A hub that was written to begins another set: a page that was being read meanwhile is seen to be late. */
  const hubs = recentlyUsed<Set<string>>(mostHubs, { dispose: (keys) => keys.forEach((key) => pages.delete(key)) });
  const begin = (hub: string): Set<string> => {
    const keys = new Set<string>();
    hubs.set(hub, keys);
    return keys;
  };
  return {
    async get(permitted, read) {
      const { scope, plan } = permitted;
      if (scope.kind === "fleet" || dependsOnTime(plan.query)) return read();
      const hub = scope.hub.id;
      const keys = hubs.get(hub) ?? begin(hub);
      const key = keyOf(permitted, hub);
      const kept = pages.get(key);
      if (kept !== undefined) return kept.page;
      const page = await read();
      if (hubs.get(hub) !== keys) return page;
      pages.set(key, { page, keys });
      if (pages.has(key)) keys.add(key);
      return page;
    },
    forget: (hub) => void hubs.delete(hub),
  };
}

/** Queries are made once for a text and kept: they are told apart as objects. */
const numbers = new WeakMap<Query, number>();
let given = 0;

function numberOf(query: Query): number {
  let number = numbers.get(query);
  if (number === undefined) numbers.set(query, (number = given += 1));
  return number;
}

function keyOf({ plan, cursor }: Listing, hub: string): string {
  const { place, parents, cast, via } = plan.target;
  const values = cursor === undefined ? "" : [cursor.remaining ?? "", ...cursor.values.map((value) => `${typeof value} ${String(value)}`)];
  return JSON.stringify([numberOf(plan.query), hub, place.path, cast?.name ?? "", parents, values, ...(via === undefined ? [] : [via.path])]);
}

function dependsOnTime({ text }: Query): boolean {
  return /now(?:\(|%28)/i.test(text);
}
