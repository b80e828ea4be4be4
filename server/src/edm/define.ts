import type {
  ComplexDefinition,
  EntityDefinition,
  EnumDefinition,
  NavigationDefinition,
  OperationDefinition,
  ParameterDefinition,
  PlaceDefinition,
  PropertyDefinition,
  Verb,
} from "./resource.ts";

/** Everything about a property but its type. */
export type Facets = Omit<PropertyDefinition, "type" | "collection">;

const typed =
  (type: string) =>
  (facets: Facets = {}): PropertyDefinition => ({ type, ...facets });

/** Properties of primitive types (CSDL 3.3). */
export const string = typed("Edm.String");
export const boolean = typed("Edm.Boolean");
export const int32 = typed("Edm.Int32");
export const int64 = typed("Edm.Int64");
export const double = typed("Edm.Double");
/** Edm.DateTimeOffset. */
export const instant = typed("Edm.DateTimeOffset");

/** A property of an enumeration or complex type, by name. */
export function of(type: string, facets: Facets = {}): PropertyDefinition {
  return { type, ...facets };
}

/** A collection-valued property; `type` is the name of any value type. */
export function collectionOf(type: string, facets: Facets = {}): PropertyDefinition {
  return { type, collection: true, ...facets };
}

/** A collection of strings. */
export function strings(facets: Facets = {}): PropertyDefinition {
  return collectionOf("Edm.String", facets);
}

/** A contained collection of entities (CSDL 8.4). */
export function contains(type: string, more: Omit<NavigationDefinition, "type"> = {}): NavigationDefinition {
  return { type, collection: true, containsTarget: true, ...more };
}

/** An entity type (CSDL 6); its base is `entity` unless said otherwise. */
export function entityType(name: string, more: Omit<EntityDefinition, "kind" | "name">): EntityDefinition {
  return { kind: "entity", name, base: "entity", ...more };
}

/** A complex type (CSDL 9). */
export function complexType(name: string, properties: ComplexDefinition["properties"], more: Partial<ComplexDefinition> = {}): ComplexDefinition {
  return { ...more, kind: "complex", name, properties };
}

/** An enumeration type (CSDL 10). */
export function enumType(name: string, values: EnumDefinition["members"]): EnumDefinition {
  return { kind: "enum", name, members: values };
}

/** Members numbered from 0 in the order given. */
export function members(...names: readonly string[]): EnumDefinition["members"] {
  return Object.fromEntries(names.map((name, value) => [name, value]));
}

/** Members numbered from 0, and the sentinel `unknownFutureValue` that Graph gives to enumerations which may grow. */
export function evolvable(...names: readonly string[]): EnumDefinition["members"] {
  return { ...members(...names), unknownFutureValue: 127 };
}

/** Everything that may be done with a set. */
export const allVerbs: readonly Verb[] = ["list", "get", "create", "update", "upsert", "delete"];

/** All verbs but these. */
export function allVerbsBut(...refused: readonly Verb[]): readonly Verb[] {
  return allVerbs.filter((verb) => !refused.includes(verb));
}

/** A place of many rows: an entity set or a contained collection. */
export function set(path: string, type: string, more: Omit<PlaceDefinition, "path" | "type" | "kind">): PlaceDefinition {
  return { path, kind: "set", type, ...more };
}

/** A place of one row. */
export function singleton(path: string, type: string, more: Omit<PlaceDefinition, "path" | "type" | "kind">): PlaceDefinition {
  return { path, kind: "singleton", type, ...more };
}

/** An action bound to one entity of a type, or to a collection of them (CSDL 12.1). */
export function action(name: string, binding: ParameterDefinition, more: Partial<OperationDefinition> = {}): OperationDefinition {
  return { ...more, kind: "action", name, binding };
}
