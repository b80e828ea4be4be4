import type { OperationDefinition, Resource } from "../edm/resource.ts";

const delta = (binding: NonNullable<OperationDefinition["binding"]>, type: string): OperationDefinition => ({
  kind: "function",
  name: "delta",
  binding,
  returns: { type, collection: true },
  extension: true,
});

/** The function `delta` by which clients of Graph ask for changes (R5, R132), bound to the collections of every set but the audit's of these resources whose rows can be listed, and to a hub as a whole: what came of anything in it. */
export function changeTracking(resources: readonly Resource[]): Resource {
  const sets = resources
    .flatMap(({ places = [] }) => places)
    .filter(({ kind, verbs, hub, journal }) => kind === "set" && hub === undefined && journal !== true && verbs.includes("list"));
  const types = new Set(sets.map(({ type }) => type));
  return {
    name: "changeTracking",
    types: [],
    operations: [
      ...[...types].map((type) => delta({ name: "bindingSet", type, collection: true }, type)),
      delta({ name: "bindingParameter", type: "security", collection: false }, "entity"),
    ],
  };
}
