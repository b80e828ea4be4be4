import type { Resource } from "../edm/resource.ts";

/** The function `delta` by which clients of Graph ask for changes (R5, R132), bound to the collections of every set of these resources whose rows can be listed; the hubs themselves are not tracked. */
export function changeTracking(resources: readonly Resource[]): Resource {
  const sets = resources.flatMap(({ places = [] }) => places).filter(({ kind, verbs, hub }) => kind === "set" && hub === undefined && verbs.includes("list"));
  const types = new Set(sets.map(({ type }) => type));
  return {
    name: "changeTracking",
    types: [],
    operations: [...types].map((type) => ({
      kind: "function",
      name: "delta",
      binding: { name: "bindingSet", type, collection: true },
      returns: { type, collection: true },
      extension: true,
    })),
  };
}
