import type { Model, Place } from "./model.ts";
import type { EntityType } from "./types.ts";

/** A URL at which a place is reached: `/securities/{security-id}/secureScores`. */
export interface Route {
  readonly template: string;
  readonly place: Place;
  /** Template of one row; of a singleton the template itself. */
  readonly entity: string;
}

/** Every URL at which a place is reached, below the container's children: the hubs of the fleet and the aliases too. */
export function routesOf(model: Model): readonly Route[] {
  return model.places.filter(({ parent }) => parent === undefined).flatMap((place) => routesBelow(place, `/${place.name}`));
}

function routesBelow(place: Place, template: string): readonly Route[] {
  const entity = place.kind === "set" ? `${template}/{${idName(place.type)}}` : template;
  const below = [...place.children].flatMap(([key, child]) => routesBelow(child, `${entity}/${key === child.name.toLowerCase() ? child.name : key}`));
  return [{ template, place, entity }, ...below];
}

function idName({ name }: EntityType): string {
  return `${name.slice(name.lastIndexOf(".") + 1)}-id`;
}

/** The names of the parameters in a template. */
export function parametersIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
}
