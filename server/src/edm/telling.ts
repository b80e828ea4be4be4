import { placesByNavigation } from "./capabilities.ts";
import type { Model, Place } from "./model.ts";
import { orderedAnnotations } from "./ordered.ts";
import type { Annotation, NavigationProperty, Property } from "./types.ts";

/** `graph` departs from OData where Graph does. */
export type Profile = "graph" | "odata";

/** What the documents of a model tell of its types beside what these say themselves. */
export interface Telling {
  readonly places: ReadonlyMap<NavigationProperty, Place>;
  readonly more: (property: Property) => readonly Annotation[];
}

/** In Graph nothing is told of orders: it knows none. */
export function tellingOf(model: Model, profile: Profile): Telling {
  return { places: placesByNavigation(model), more: profile === "odata" ? orderedAnnotations : () => [] };
}
