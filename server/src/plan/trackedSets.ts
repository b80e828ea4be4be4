import { isFollowed } from "../edm/capabilities.ts";
import type { Model, Place } from "../edm/model.ts";
import type { QueryOptions } from "../odata/options.ts";
import type { CollectionTarget } from "./plan.ts";

/** What is followed of a whole hub: its own row, then every set that its type has or contains and whose rows can be listed, in the order of the model. */
export function trackedSets(model: Model, hub: CollectionTarget): readonly CollectionTarget[] {
  const below = setsOf(model).map((place): CollectionTarget => ({ kind: "collection", place, hub: hub.hub, parents: [] }));
  return [hub, ...below];
}

const kept = new WeakMap<Model, readonly Place[]>();

function setsOf(model: Model): readonly Place[] {
  let found = kept.get(model);
  if (found === undefined) kept.set(model, (found = model.places.filter((place) => isHeld(model, place))));
  return found;
}

function isHeld({ hub }: Model, { kind, depth, verbs, parent, name, definition }: Place): boolean {
  if (hub === undefined || kind !== "set" || depth > 0 || !verbs.has("list")) return false;
  // Subscriptions are their applications', not the hub's.
  if (definition.hub !== undefined || definition.managers === true || definition.subscribers === true || definition.virtual === true) return false;
  if (definition.journal === true) return false;
  return parent === hub.home || hub.home.type.allNavigation.some((one) => one.containsTarget && one.name === name);
}

/** Options of a first answer whose changes can be followed. */
const trackable: ReadonlySet<string> = new Set(["select", "filter", "format", "schemaversion"]);

/** Whether the preference `track-changes` can be granted (OData Protocol 8.2.8.8, 11.3.1): all that the first answer shows can be followed. */
export function isTrackable(model: Model, { place, cast, via }: CollectionTarget, options: QueryOptions): boolean {
  if (via !== undefined || Object.keys(options).some((name) => !trackable.has(name))) return false;
  return isFollowed(place) || model.findOperation("delta", cast ?? place.type, true)?.kind === "function";
}
