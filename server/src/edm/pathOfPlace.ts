import { keyPredicate } from "./keyText.ts";
import type { Place } from "./model.ts";

/** The path of a place from the service root, below rows with these keys: `deviceAppManagement/deviceAppManagementTasks('1')/managedDevices`. */
export function pathOfPlace(place: Place, parents: readonly string[]): string {
  const { parent, name } = place;
  if (parent === undefined) return name;
  if (parent.kind === "singleton") return `${pathOfPlace(parent, parents)}/${name}`;
  return `${pathOfPlace(parent, parents.slice(0, -1))}${keyPredicate(parent.type, parents.at(-1) ?? "")}/${name}`;
}
