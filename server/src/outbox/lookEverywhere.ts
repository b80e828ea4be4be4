import type { Store } from "../store/store.ts";

/** A crash may have come between a write and the word of it, or amid a call: at the start every hub is looked at by work of a kind, once. */
export async function lookEverywhere({ system, leases }: Pick<Store, "system" | "leases">, kind: string): Promise<void> {
  const hubs = new Set((await system.grants()).map(({ hub }) => hub));
  if (hubs.size > 0) await leases.put([...hubs].map((hub) => ({ hub, kind, key: "" })));
}
