import { capabilitiesOf, placesByNavigation } from "./capabilities.ts";
import type { Model, Place } from "./model.ts";
import { findLink } from "./links.ts";
import { orderedAnnotations } from "./ordered.ts";
import type { Annotation, NavigationProperty, Property } from "./types.ts";

/** `graph` departs from OData where Graph does. */
export type Profile = "graph" | "odata";

/** What the documents of a model tell of its types beside what these say themselves. */
export interface Telling {
  readonly places: ReadonlyMap<NavigationProperty, Place>;
  readonly more: (property: Property) => readonly Annotation[];
  readonly capabilities: (place: Place) => readonly Annotation[];
}

/** In Graph nothing is told of orders: it knows none. */
export function tellingOf(model: Model, profile: Profile): Telling {
  const leads = (place: Place, path: string): boolean => findLink(model, { place }, path) !== undefined;
  return {
    places: placesByNavigation(model),
    more: profile === "odata" ? orderedAnnotations : () => [],
    capabilities: (place) => capabilitiesOf(place, leads),
  };
}
