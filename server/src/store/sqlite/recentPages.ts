import { LRUCache } from "lru-cache";
import type { Permitted } from "../../auth/permitted.ts";
import type { Plan, Query } from "../../plan/plan.ts";
import type { Page } from "../store.ts";

type Listing = Permitted<Extract<Plan, { readonly kind: "list" }>>;

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

interface Kept {
  readonly version: number;
  readonly page: Page;
}

/** What an entry, and a row in it, take beside their text; what is printed of rows is kept with them. */
const overhead = 400;

/** Makes the memory, empty, for so many bytes. */
export function createRecentPages(bytes: number): RecentPages {
  const pages = new LRUCache<string, Kept>({ maxSize: Math.max(1, bytes), maxEntrySize: Math.max(1, bytes / 8), sizeCalculation: ({ page }) => sizeOf(page) });
  const versions = new LRUCache<string, number>({ max: 10_000 });
  let last = 0;
  /** A version that is new to all: a hub that fell out of the memory has no older one. */
  const renew = (hub: string): number => {
    versions.set(hub, (last += 1));
    return last;
  };
  return {
    async get(permitted, read) {
      const { scope, plan } = permitted;
      if (scope.kind === "fleet" || dependsOnTime(plan.query)) return read();
      const hub = scope.hub.id;
      const version = versions.get(hub) ?? renew(hub);
      const key = keyOf(permitted, hub);
      const kept = pages.get(key);
      if (kept?.version === version) return kept.page;
      const page = await read();
      if (versions.get(hub) === version) pages.set(key, { version, page });
      return page;
    },
    forget: (hub) => void renew(hub),
  };
}

function sizeOf({ rows }: Page): number {
  const inner = rows.reduce(
    (sum, { body, expanded }) => sum + 2 * body.length + overhead + [...(expanded?.values() ?? [])].reduce((all, page) => all + sizeOf(page), 0),
    0,
  );
  return overhead + inner;
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
  const { place, parents, cast } = plan.target;
  const values = cursor === undefined ? "" : [cursor.remaining ?? "", ...cursor.values.map((value) => `${typeof value} ${String(value)}`)];
  return JSON.stringify([numberOf(plan.query), hub, place.path, cast?.name ?? "", parents, values]);
}

function dependsOnTime({ text }: Query): boolean {
  return /now(?:\(|%28)/i.test(text);
}
