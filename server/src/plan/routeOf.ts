import type { Place } from "../edm/model.ts";
import type { CollectionTarget, EntityTarget, RowPlan } from "./plan.ts";

const places = new WeakMap<Place, { readonly collection: string; readonly entity: string }>();

/** Where a plan works, as a template: `/security/secureScores/{id}`. As many as the model has places and operations, whatever clients ask. */
export function routeOf(plan: RowPlan): string {
  switch (plan.kind) {
    case "list":
      return plan.parts === undefined ? targetRoute(plan.target) : "/$all";
    case "count":
      return `${targetRoute(plan.target)}/$count`;
    case "delta":
      return `${targetRoute(plan.target)}/delta`;
    case "link":
      return `${targetRoute(plan.target)}/${plan.link.navigation.name}/$ref`;
    case "action":
      return `${targetRoute(plan.target)}/${plan.operation.name}`;
    case "property":
    case "setProperty":
      return `${targetRoute(plan.target.entity)}/{property}`;
    default:
      return targetRoute(plan.target);
  }
}

function targetRoute({ kind, place }: CollectionTarget | EntityTarget): string {
  return routesOf(place)[kind];
}

function routesOf(place: Place): { readonly collection: string; readonly entity: string } {
  let routes = places.get(place);
  if (routes === undefined) {
    const collection = `${place.parent === undefined ? "" : routesOf(place.parent).entity}/${place.name}`;
    routes = { collection, entity: place.kind === "set" ? `${collection}/{id}` : collection };
    places.set(place, routes);
  }
  return routes;
}
