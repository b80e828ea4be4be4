import type { EntityDefinition, PlaceDefinition, PropertyDefinition, TypeDefinition } from "./resource.ts";

/**
 * The types of a document with what its sets promise to search: of a set whose annotation `Capabilities.SearchRestrictions` says `Searchable` these are all texts
 * of its type, those of base types included. A document has no word for single properties.
 */
export function markSearchable(types: readonly TypeDefinition[], searched: ReadonlySet<PlaceDefinition["type"]>): readonly TypeDefinition[] {
  if (searched.size === 0) return types;
  const entities = new Map(types.flatMap((type) => (type.kind === "entity" ? [[type.name, type]] : [])));
  const marked = new Set<string>();
  for (const name of searched) for (let one = entities.get(name); one !== undefined && !marked.has(one.name); one = baseOf(one, entities)) marked.add(one.name);
  return types.map((type) => (type.kind === "entity" && marked.has(type.name) ? { ...type, properties: searchableTexts(type) } : type));
}

function baseOf({ base }: EntityDefinition, entities: ReadonlyMap<string, EntityDefinition>): EntityDefinition | undefined {
  return base === undefined ? undefined : entities.get(base);
}

function searchableTexts({ properties, key = [] }: EntityDefinition): Readonly<Record<string, PropertyDefinition>> {
  const entries = Object.entries(properties).map(([name, property]): [string, PropertyDefinition] =>
    property.type === "Edm.String" && !key.includes(name) ? [name, { ...property, searchable: true }] : [name, property],
  );
  return Object.fromEntries(entries);
}
