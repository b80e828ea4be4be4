import type { Model } from "../../src/edm/model.ts";
import type { ComplexType, EntityType, Property } from "../../src/edm/types.ts";

/** A property as an expression reaches it from a row or from an element: `vendorInformation/provider`. */
export interface Reached {
  readonly path: string;
  readonly property: Property;
}

/** What a type lets expressions reach: single values, collections, and complex values as a whole. */
export interface Reach {
  readonly scalars: readonly Reached[];
  readonly collections: readonly Reached[];
  readonly complexes: readonly Reached[];
}

const kept = new WeakMap<EntityType | ComplexType, Reach>();

/** Everything that a type's expressions can name, through complex values and casts to derived types. */
export function reachOf(type: EntityType | ComplexType): Reach {
  let found = kept.get(type);
  if (found === undefined) kept.set(type, (found = make(type)));
  return found;
}

function make(type: EntityType | ComplexType): Reach {
  const all = walk(type.allProperties, "", 0);
  if (type.kind === "entity") for (const derived of type.derived) all.push(...walk(derived.properties, `${derived.name}/`, 0));
  const isComplex = ({ property }: Reached): boolean => property.type.kind === "complex" && !property.collection;
  return {
    scalars: all.filter((one) => !one.property.collection && !isComplex(one)),
    collections: all.filter(({ property }) => property.collection),
    complexes: all.filter(isComplex),
  };
}

function walk(properties: readonly Property[], before: string, depth: number): Reached[] {
  return properties.flatMap((property) => {
    const path = `${before}${property.name}`;
    const { type } = property;
    const below = type.kind === "complex" && !property.collection && depth < 3 ? walk(type.allProperties, `${path}/`, depth + 1) : [];
    return [{ path, property }, ...below];
  });
}

/** Every name that the model has, for mutations. */
export function namesOf(model: Model): string[] {
  const names = new Set<string>();
  for (const type of model.types) {
    names.add(type.name);
    if (type.kind === "enum") for (const member of type.members) names.add(member.name);
    else for (const property of type.allProperties) names.add(property.name);
    if (type.kind === "entity") for (const navigation of type.allNavigation) names.add(navigation.name);
  }
  for (const place of model.places) names.add(place.name);
  for (const operation of model.operations) names.add(operation.name).add(operation.qualifiedName);
  return [...names];
}
