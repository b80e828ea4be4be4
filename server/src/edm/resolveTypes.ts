import { primitives } from "./primitives.ts";
import { requireName } from "./requireName.ts";
import { finderOf } from "./finderOf.ts";
import { qualify } from "./qualify.ts";
import { resolveDefinitions } from "./resolveDefinitions.ts";
import type { Schema } from "./model.ts";
import type { ComplexDefinition, EntityDefinition, NamedScalar, NavigationDefinition, PropertyDefinition, TypeDefinition } from "./resource.ts";
import type { AnyType, ComplexType, EntityType, EnumType, NavigationProperty, Property, TypeDefinition as Definition, ValueType } from "./types.ts";

/** A type whose members are still being filled in. */
type Unfinished<T> = { -readonly [Member in keyof T]: T[Member] };
type ModelType = EnumType | ComplexType | EntityType;
type Structured = ComplexType | EntityType;

/** The types of a model and the lookup by name. */
export interface ResolvedTypes {
  readonly types: readonly ModelType[];
  readonly definitions: readonly Definition[];
  readonly findType: (name: string) => AnyType | undefined;
  readonly findDefinition: (name: string) => Definition | undefined;
}

/** What types are made from. */
export interface TypeGround {
  readonly types: readonly TypeDefinition[];
  readonly definitions: readonly NamedScalar[];
  /** The model's own first. */
  readonly schemas: readonly Schema[];
}

interface Lookups {
  readonly findType: ResolvedTypes["findType"];
  readonly findDefinition: (name: string) => Definition | undefined;
}

/** Turns type definitions into types that point at each other; an error names the type and the property. */
export function resolveTypes({ types: written, definitions: named, schemas }: TypeGround): ResolvedTypes {
  const { namespace } = schemas[0]!;
  const shells = new Map<string, ModelType>();
  for (const definition of written) {
    const name = qualify(definition.name, namespace);
    requireName(name.slice(name.lastIndexOf(".") + 1), name);
    if (shells.has(name.toLowerCase())) throw new Error(`${name}: this type is defined twice`);
    shells.set(name.toLowerCase(), shellOf(definition, name));
  }
  const { definitions, findDefinition } = resolveDefinitions(named, schemas, (name) => shells.has(name));
  const findModelType = finderOf(shells, schemas);
  const findType: ResolvedTypes["findType"] = (name) =>
    findModelType(name) ?? primitives.get(name.replace(/^#/, "").toLowerCase()) ?? findDefinition(name)?.type;
  const finish = finisher(written, { findType, findDefinition });
  for (const definition of written) finish(definition);
  fillDerived([...shells.values()]);
  return { types: [...shells.values()], definitions, findType, findDefinition };
}

function shellOf(definition: TypeDefinition, name: string): ModelType {
  const annotations = definition.annotations ?? [];
  if (definition.kind === "enum") {
    for (const member of Object.keys(definition.members)) requireName(member, `${name}/${member}`);
    const members = Object.entries(definition.members).map(([member, value]) => ({ name: member, value }));
    return { kind: "enum", name, flags: definition.flags ?? false, members, annotations };
  }
  const { abstract = false, open = false } = definition;
  const shared = { name, abstract, open, properties: [], allProperties: [], navigation: [], allNavigation: [], annotations };
  if (definition.kind === "complex") return { kind: "complex", ...shared, derived: [] };
  const own = {
    key: [],
    declaresKey: false,
    hasStream: definition.hasStream ?? false,
    streams: false,
    derived: [],
    silent: new Set(definition.silent),
    secret: new Set(definition.secret),
  };
  return { kind: "entity", ...shared, ...own };
}

/** Fills a type in once, its base before it. */
function finisher(definitions: readonly TypeDefinition[], lookups: Lookups): (definition: TypeDefinition) => void {
  const { findType } = lookups;
  const states = new Map<string, "running" | "done">();
  const byShell = new Map(definitions.map((definition) => [findType(definition.name), definition]));
  return function finish(definition) {
    if (definition.kind === "enum" || states.get(definition.name) === "done") return;
    if (states.get(definition.name) === "running") throw new Error(`${definition.name}: its base types form a circle`);
    states.set(definition.name, "running");
    const base = baseOf(definition, findType);
    if (base !== undefined) finish(byShell.get(base)!);
    fill(findType(definition.name) as Structured, { definition, base, lookups });
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
  readonly lookups: Lookups;
}

function fill(type: Unfinished<Structured>, { definition, base, lookups }: Filling): void {
  type.properties = Object.entries(definition.properties).map(([name, property]) => toProperty(`${type.name}/${name}`, property, lookups));
  type.navigation = Object.entries(definition.navigation ?? {}).map(([name, navigation]) => toNavigation(`${type.name}/${name}`, navigation, lookups.findType));
  type.allProperties = [...(base?.allProperties ?? []), ...type.properties];
  type.allNavigation = [...(base?.allNavigation ?? []), ...type.navigation];
  type.open ||= base?.open ?? false;
  refuseDoubles(type);
  if (base !== undefined) Object.assign(type, { base });
  if (type.kind !== "entity") return;
  type.hasStream ||= type.base?.hasStream ?? false;
  fillKey(type, definition as EntityDefinition);
}

function fillKey(type: Unfinished<EntityType>, definition: EntityDefinition): void {
  type.declaresKey = definition.key !== undefined;
  type.key = definition.key ?? type.base?.key ?? [];
  for (const name of type.key) {
    const property = type.allProperties.find((one) => one.name === name);
    if (property === undefined) throw new Error(`${type.name}/${name}: the key names no property`);
    const fits = !property.collection && (property.type.kind === "enum" || (property.type.kind === "primitive" && isKeyType(property.type.name)));
    if (!fits) throw new Error(`${type.name}/${name}: a value of type ${property.collection ? "Collection" : property.type.name} is no key`);
  }
}

/** CSDL 6.5: of these types a key property may be. */
function isKeyType(name: string): boolean {
  return !/^Edm\.(?:Single|Double|Stream|Untyped|Geo)/.test(name);
}

function refuseDoubles(type: Structured): void {
  const seen = new Set<string>();
  for (const { name } of [...type.properties, ...type.navigation]) requireName(name, `${type.name}/${name}`);
  for (const { name } of [...type.allProperties, ...type.allNavigation]) {
    if (seen.has(name.toLowerCase())) throw new Error(`${type.name}/${name}: this property is defined twice (names that differ in case alone are one)`);
    seen.add(name.toLowerCase());
  }
}

function toProperty(place: string, written: PropertyDefinition, { findType, findDefinition }: Lookups): Property {
  const named = findDefinition(written.type);
  const definition = named === undefined ? written : { ...facetsOf(named), ...written };
  const type = named?.type ?? findType(definition.type);
  if (type === undefined || type.kind === "entity") throw new Error(`${place}: '${definition.type}' is no value type of the model`);
  return {
    collection: false,
    nullable: true,
    setBy: "client",
    immutable: false,
    writeOnly: false,
    indexed: false,
    searchable: false,
    extension: false,
    annotations: [],
    ...definition,
    name: lastPart(place),
    type: type satisfies ValueType,
    ...(named !== undefined && { definition: named }),
  };
}

/** What a type definition says of the values that are declared with it. */
export function facetsOf({ maxLength, precision, scale, unicode }: Definition): Partial<PropertyDefinition> {
  return {
    ...(maxLength !== undefined && { maxLength }),
    ...(precision !== undefined && { precision }),
    ...(scale !== undefined && { scale }),
    ...(unicode !== undefined && { unicode }),
  };
}

function toNavigation(place: string, definition: NavigationDefinition, findType: ResolvedTypes["findType"]): NavigationProperty {
  const type = findType(definition.type);
  if (type?.kind !== "entity") throw new Error(`${place}: '${definition.type}' is no entity type of the model`);
  return {
    collection: false,
    containsTarget: false,
    nullable: true,
    extension: false,
    annotations: [],
    ...definition,
    name: lastPart(place),
    type,
  };
}

/** Content is kept beside an entity, one for each property of it. */
function refuseInnerStreams(type: Structured): void {
  const streams = type.properties.filter((property) => property.type.name === "Edm.Stream");
  const inner = streams.find(({ collection }) => collection || type.kind === "complex");
  if (inner !== undefined) throw new Error(`${type.name}/${inner.name}: a stream in a collection or a complex type is not supported`);
  if (type.kind !== "entity" || (streams.length === 0 && !type.hasStream)) return;
  for (let base: EntityType | undefined = type; base !== undefined; base = base.base) Object.assign(base, { streams: true });
}

function lastPart(place: string): string {
  return place.slice(place.lastIndexOf("/") + 1);
}

function fillDerived(types: readonly ModelType[]): void {
  for (const type of types) {
    if (type.kind === "enum") continue;
    refuseInnerStreams(type);
    for (let base = type.base; base !== undefined; base = base.base) (base.derived as Structured[]).push(type);
  }
}
