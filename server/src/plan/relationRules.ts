import type { JsonObject } from "../base/json.ts";
import { findLink } from "../edm/links.ts";
import type { Model, Place } from "../edm/model.ts";
import type { SentBody } from "./plan.ts";
import { idIn } from "./readEntity.ts";
import { readReference } from "./references.ts";
import type { RelationRules } from "./readRelated.ts";
import { findChild } from "./resolvePath.ts";

interface Relating {
  readonly model: Model;
  readonly serviceUrl: string;
  /** Contained entities may be nested. */
  readonly isDeep: boolean;
  readonly body: (json: JsonObject, place: Place) => SentBody;
}

/** Hubs and who manages them take no related entities in their bodies, nor does what has no rows. */
export function mayRelate({ definition }: Place): boolean {
  return definition.hub === undefined && definition.virtual !== true && definition.managers !== true;
}

/** How related entities in the bodies of a place are read. */
export function relationRules(place: Place, { model, serviceUrl, isDeep, body }: Relating): RelationRules {
  return {
    body,
    find(type, name) {
      const within = name.includes("/") ? findLink(model, { place, cast: type }, name) : undefined;
      if (within !== undefined) return { navigation: within.navigation, place: within.to, link: within };
      const navigation = type.allNavigation.find((one) => one.name === name);
      if (navigation === undefined) return undefined;
      const child = navigation.containsTarget ? findChild(place, type, name) : undefined;
      if (child !== undefined) return isDeep ? { navigation, place: child } : undefined;
      const link = findLink(model, { place, cast: type }, name);
      return link === undefined ? undefined : { navigation, place: link.to, link };
    },
    reference: (id, to, where) => readReference(id, { model, serviceUrl, to, where }),
    keyOf: (type, json) => idIn(json, type),
  };
}
