import { keyPredicate } from "../edm/keyText.ts";
import { pathOfPlace } from "../edm/pathOfPlace.ts";
import type { CollectionTarget, EntityTarget, Expansion, Query } from "../plan/plan.ts";

/**
 * The canonical path of a place under its hub: `security/secureScores`, `securities('x')/secureScores`,
 * `deviceAppManagement/deviceAppManagementTasks('1')/managedDevices`.
 */
export function placePath({ place, hub, parents }: CollectionTarget | EntityTarget): string {
  const below = pathOfPlace(place, parents);
  if (hub.kind !== "named" || place.definition.hub === "fleet") return below;
  const inHub = below.replace(/^security(?:\/|$)/, "");
  return `securities('${encodeURIComponent(hub.id)}')${inHub === "" ? "" : `/${inHub}`}`;
}

/** References and counts do not show, nor do the further levels of a recursive expansion. */
function isShown({ suffix, again }: Expansion): boolean {
  return suffix === undefined && again === undefined;
}

/** What $select and $expand add to a context URL: `(id,maxScore,secureScores())` (OData Protocol 10.7). */
export function shapeOf(selected: string, expand: readonly Expansion[]): string {
  const expanded = expand
    .filter(isShown)
    .map((one) => `${one.navigation.name}${one.recursive === true ? "+" : ""}${shapeOf(one.query.projection?.text ?? "", one.query.expand) || "()"}`);
  const parts = [...(selected === "" ? [] : [selected]), ...expanded];
  return parts.length === 0 ? "" : `(${parts.join(",")})`;
}

/** The context URL of a collection or of one entity of it (OData Protocol 10; R54). */
export function contextUrl(serviceUrl: string, target: CollectionTarget | EntityTarget, query: Pick<Query, "projection" | "expand" | "apply">): string {
  const cast = target.cast === undefined ? "" : `/${target.cast.name}`;
  const isSingleton = target.place.kind === "singleton";
  const entity = target.kind === "entity" && !isSingleton ? "/$entity" : "";
  return `${serviceUrl}/$metadata#${placePath(target)}${cast}${shapeOf(query.projection?.text ?? query.apply?.selectList ?? "", query.expand)}${entity}`;
}

/** The URL of one entity in canonical form: what Location and @odata.id say (R87). */
export function entityUrl(serviceUrl: string, target: CollectionTarget | EntityTarget, id: string): string {
  if (target.place.kind === "singleton") return `${serviceUrl}/${placePath(target)}`;
  return `${serviceUrl}/${placePath(target)}${keyPredicate(target.place.type, id)}`;
}
