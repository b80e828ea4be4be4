import { primitives } from "./primitives.ts";
import type { ComplexDefinition, EntityDefinition, NavigationDefinition, PropertyDefinition, TypeDefinition } from "./resource.ts";
import type { AnyType, ComplexType, EntityType, EnumType, NavigationProperty, Property, ValueType } from "./types.ts";

/** A type whose members are still being filled in. */
type Unfinished<T> = { -readonly [Member in keyof T]: T[Member] };
type ModelType = EnumType | ComplexType | EntityType;
type Structured = ComplexType | EntityType;

/** The types of a model and the lookup by name. */
export interface ResolvedTypes {
  readonly types: readonly ModelType[];
  readonly findType: (name: string) => AnyType | undefined;
}

/** Turns type definitions into types that point at each other; an error names the type and the property. */
export function resolveTypes(definitions: readonly TypeDefinition[], namespace: string, alias: string | undefined): ResolvedTypes {
  const shells = new Map<string, ModelType>();
  for (const definition of definitions) {
    const name = qualify(definition.name, namespace);
    if (shells.has(name.toLowerCase())) throw new Error(`${name}: this type is defined twice`);
    shells.set(name.toLowerCase(), shellOf(definition, name));
  }
  const findType = typeFinder(shells, namespace, alias);
  const finish = finisher(definitions, findType);
  for (const definition of definitions) finish(definition);
  fillDerived([...shells.values()]);
  return { types: [...shells.values()], findType };
}

/** The full name of something that the model defines. */
export function qualify(name: string, namespace: string): string {
  return name.includes(".") ? name : `${namespace}.${name}`;
}

function typeFinder(shells: ReadonlyMap<string, ModelType>, namespace: string, alias: string | undefined): ResolvedTypes["findType"] {
  const prefix = `${namespace}.`.toLowerCase();
  const aliasPrefix = alias === undefined ? undefined : `${alias}.`.toLowerCase();
  return (name) => {
    const wanted = name.replace(/^#/, "").toLowerCase();
    const known = shells.get(wanted) ?? primitives.get(wanted);
    if (known !== undefined) return known;
    if (aliasPrefix !== undefined && wanted.startsWith(aliasPrefix)) return shells.get(prefix + wanted.slice(aliasPrefix.length));
    return wanted.includes(".") ? undefined : shells.get(prefix + wanted);
  };
}

function shellOf(definition: TypeDefinition, name: string): ModelType {
  const annotations = definition.annotations ?? [];
  if (definition.kind === "enum") {
    const members = Object.entries(definition.members).map(([member, value]) => ({ name: member, value }));
    return { kind: "enum", name, flags: definition.flags ?? false, members, annotations };
  }
  const { abstract = false, open = false } = definition;
  const shared = { name, abstract, open, properties: [], allProperties: [], navigation: [], allNavigation: [], annotations };
  return definition.kind === "complex" ? { kind: "complex", ...shared } : { kind: "entity", ...shared, key: [], declaresKey: false, derived: [] };
}

/** Fills a type in once, its base before it. */
function finisher(definitions: readonly TypeDefinition[], findType: ResolvedTypes["findType"]): (definition: TypeDefinition) => void {
  const states = new Map<string, "running" | "done">();
  const byShell = new Map(definitions.map((definition) => [findType(definition.name), definition]));
  return function finish(definition) {
    if (definition.kind === "enum" || states.get(definition.name) === "done") return;
    if (states.get(definition.name) === "running") throw new Error(`${definition.name}: its base types form a circle`);
    states.set(definition.name, "running");
    const base = baseOf(definition, findType);
    if (base !== undefined) finish(byShell.get(base)!);
    fill(findType(definition.name) as Structured, { definition, base, findType });
    states.set(definition.name, "done");
  };
}

function baseOf(definition: ComplexDefinition | EntityDefinition, findType: ResolvedTypes["findType"]): Structured | undefined {
  if (definition.base === undefined) return undefined;
  const base = findType(definition.base);
  if (base?.kind !== definition.kind) throw new Error(`${definition.name}: base type '${definition.base}' is no ${definition.kind} type of the model`);
  return base;
}

interface Filling {
  readonly definition: ComplexDefinition | EntityDefinition;
  readonly base: Structured | undefined;
  readonly findType: ResolvedTypes["findType"];
}

function fill(type: Unfinished<Structured>, { definition, base, findType }: Filling): void {
  type.properties = Object.entries(definition.properties).map(([name, property]) => toProperty(`${type.name}/${name}`, property, findType));
  type.navigation = Object.entries(definition.navigation ?? {}).map(([name, navigation]) => toNavigation(`${type.name}/${name}`, navigation, findType));
  type.allProperties = [...(base?.allProperties ?? []), ...type.properties];
  type.allNavigation = [...(base?.allNavigation ?? []), ...type.navigation];
  type.open ||= base?.open ?? false;
  refuseDoubles(type);
  if (base !== undefined) Object.assign(type, { base });
  if (type.kind === "entity") fillKey(type, definition as EntityDefinition);
}

function fillKey(type: Unfinished<EntityType>, definition: EntityDefinition): void {
  type.declaresKey = definition.key !== undefined;
  type.key = definition.key ?? type.base?.key ?? [];
  for (const name of type.key) {
    if (!type.allProperties.some((property) => property.name === name)) throw new Error(`${type.name}/${name}: the key names no property`);
  }
}

function refuseDoubles(type: Structured): void {
  const seen = new Set<string>();
  for (const { name } of [...type.allProperties, ...type.allNavigation]) {
    if (seen.has(name.toLowerCase())) throw new Error(`${type.name}/${name}: this property is defined twice`);
    seen.add(name.toLowerCase());
  }
}

function toProperty(place: string, definition: PropertyDefinition, findType: ResolvedTypes["findType"]): Property {
  const type = findType(definition.type);
  if (type === undefined || type.kind === "entity") throw new Error(`${place}: '${definition.type}' is no value type of the model`);
  return {
    collection: false,
    nullable: true,
    setBy: "client",
    immutable: false,
    indexed: false,
    extension: false,
    annotations: [],
    ...definition,
    name: lastPart(place),
    type: type satisfies ValueType,
  };
}

function toNavigation(place: string, definition: NavigationDefinition, findType: ResolvedTypes["findType"]): NavigationProperty {
  const type = findType(definition.type);
  if (type?.kind !== "entity") throw new Error(`${place}: '${definition.type}' is no entity type of the model`);
  return { collection: false, containsTarget: false, nullable: true, extension: false, annotations: [], ...definition, name: lastPart(place), type };
}

function lastPart(place: string): string {
  return place.slice(place.lastIndexOf("/") + 1);
}

function fillDerived(types: readonly ModelType[]): void {
  for (const type of types) {
    if (type.kind !== "entity") continue;
    for (let base = type.base; base !== undefined; base = base.base) (base.derived as EntityType[]).push(type);
  }
}
