import { alternateText } from "../edm/alternateKey.ts";
import type { Place } from "../edm/model.ts";
import type { Link } from "../edm/links.ts";
import type { Segment } from "../odata/options.ts";
import type { CollectionTarget, EntityTarget } from "./plan.ts";
import { keyValue } from "./readKey.ts";

/**
 * The row of an alternate key in parentheses (OData URL Conventions 4.3.5), all its properties by name and in any order; it becomes that of its
 * own key when the way of the plan is followed. Undefined for any other key. Throws `badRequest` for a value of another type.
 */
export function byAlternateKey({ place, hub, parents, cast, via }: CollectionTarget, segment: Segment): EntityTarget | undefined {
  const { alternate } = place;
  if (alternate === undefined || via?.link.to === place) return undefined;
  const given = new Map(segment.arguments?.map(({ name, value }) => [name?.toLowerCase(), value]));
  const isMeant = alternate.parts.length === segment.arguments?.length && alternate.parts.every(({ name }) => given.has(name.toLowerCase()));
  if (!isMeant) return undefined;
  const text = alternateText(alternate, ({ name, property }) => keyValue(property, given.get(name.toLowerCase())!, segment))!;
  const at: EntityTarget = { kind: "entity", place, hub, parents, key: segment.raw, ...(via !== undefined && { via }) };
  const path = JSON.stringify([via?.path ?? [place.path, ...parents], text]);
  return { ...at, ...(cast !== undefined && { cast }), via: { link: within(place), from: at, key: segment.raw, alternate: text, path } };
}

/** The way from a place to its own rows. */
function within(place: Place): Link {
  const { type, name } = place;
  const navigation = { name, type, collection: true, containsTarget: false, nullable: true, extension: false, annotations: [] };
  return { navigation, from: place, to: place, relation: { name, source: place, target: place, toOne: true, fromOne: true }, reversed: false };
}
