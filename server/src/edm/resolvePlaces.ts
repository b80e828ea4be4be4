import { alternateKeyOf } from "./alternateKey.ts";
import { requireName } from "./requireName.ts";
import type { Place } from "./model.ts";
import type { PlaceDefinition } from "./resource.ts";
import type { AnyType, ComplexType, EntityType, NavigationProperty } from "./types.ts";
import type { ResolvedTypes } from "./resolveTypes.ts";

/** The places of a model and the lookups among them. */
export interface ResolvedPlaces {
  readonly places: readonly Place[];
  readonly roots: ReadonlyMap<string, Place>;
  readonly hub?: { readonly home: Place; readonly fleet: Place };
}

interface Growing {
  readonly findType: ResolvedTypes["findType"];
  readonly byPath: Map<string, Place>;
  readonly roots: Map<string, Place>;
  /** The children of the caller's own hub, which are those of every hub of the fleet. */
  readonly hubChildren: Map<string, Place>;
}

/** Makes the tree of places; parents come first, whatever the order of the definitions. */
export function resolvePlaces(definitions: readonly PlaceDefinition[], findType: ResolvedTypes["findType"]): ResolvedPlaces {
  const growing: Growing = { findType, byPath: new Map(), roots: new Map(), hubChildren: new Map() };
  const depthOf = ({ path }: PlaceDefinition) => path.split("/").length;
  for (const definition of definitions.toSorted((one, other) => depthOf(one) - depthOf(other))) addPlace(growing, definition);
  for (const definition of definitions) addAliases(growing, definition);
  for (const definition of definitions) bindNavigation(growing, definition);
  const places = [...growing.byPath.values()];
  const home = places.find((place) => place.definition.hub === "home");
  const fleet = places.find((place) => place.definition.hub === "fleet");
  if ((home === undefined) !== (fleet === undefined)) throw new Error("A model with hubs has a place of hub 'home' and one of hub 'fleet'");
  return { places, roots: growing.roots, ...(home !== undefined && fleet !== undefined && { hub: { home, fleet } }) };
}

function addPlace(growing: Growing, definition: PlaceDefinition): void {
  const { path, kind } = definition;
  const key = path.toLowerCase();
  if (growing.byPath.has(key)) throw new Error(`${path}: this place is defined twice`);
  const type = growing.findType(definition.type);
  if (type?.kind !== "entity") throw new Error(`${path}: '${definition.type}' is no entity type of the model`);
  if (definition.permissions.own !== undefined && !type.allProperties.some(({ name }) => name === definition.owner))
    throw new Error(`${path}: permissions for own rows need a property that tells the owner`);
  if (kind === "set" && type.key.length === 0) throw new Error(`${path}: its type ${type.name} has no key`);
  const { parent, name, navigation, declaredBy } = hang(growing, definition);
  const canHave = kind === "set" && definition.hub === undefined && definition.unique === undefined;
  const alternate = canHave ? alternateKeyOf(type, definition.annotations) : undefined;
  const place: Place = {
    path,
    name,
    kind,
    type,
    depth: parent === undefined ? 0 : parent.depth + (parent.kind === "set" ? 1 : 0),
    children: definition.hub === undefined ? new Map() : growing.hubChildren,
    bindings: new Map(),
    verbs: new Set(definition.verbs),
    permissions: definition.permissions,
    definition,
    ...(parent !== undefined && { parent }),
    ...(declaredBy !== undefined && { declaredBy }),
    ...(alternate !== undefined && { alternate }),
  };
  if (navigation !== undefined) checkTarget(place, navigation);
  growing.byPath.set(key, place);
  siblingsOf(growing, parent).set(name.toLowerCase(), place);
}

function siblingsOf(growing: Growing, parent: Place | undefined): Map<string, Place> {
  return parent === undefined ? growing.roots : (parent.children as Map<string, Place>);
}

interface Hanging {
  readonly parent?: Place;
  readonly name: string;
  readonly navigation?: NavigationProperty;
  readonly declaredBy?: EntityType;
}

/** Finds where a place hangs: under the container, or by a containment navigation property under another place. */
function hang(growing: Growing, { path }: PlaceDefinition): Hanging {
  const segments = path.split("/");
  requireName(segments.at(-1)!, path);
  if (segments.length === 1) return { name: path };
  const cast = segments.length > 2 ? segments.at(-2)! : "";
  const steps = cast.includes(".") ? 2 : 1;
  const parent = growing.byPath.get(segments.slice(0, -steps).join("/").toLowerCase());
  if (parent === undefined) throw new Error(`${path}: no place is defined for what contains it`);
  const name = segments.at(-1)!;
  const from = steps === 2 ? growing.findType(cast) : parent.type;
  if (from?.kind !== "entity" || ![parent.type, ...parent.type.derived].includes(from))
    throw new Error(`${path}: '${cast}' is not derived from ${parent.type.name}`);
  return { parent, name: segments.slice(-steps).join("/"), ...declaration(path, name, [from, ...from.derived]), ...(steps === 2 && { declaredBy: from }) };
}

function declaration(path: string, name: string, types: readonly EntityType[]): { navigation: NavigationProperty; declaredBy?: EntityType } {
  for (const [index, type] of types.entries()) {
    const navigation = type.allNavigation.find((one) => one.name === name && one.containsTarget);
    if (navigation !== undefined) return { navigation, ...(index > 0 && { declaredBy: type }) };
  }
  throw new Error(`${path}: ${types[0]!.name} has no containment navigation property '${name}'`);
}

function checkTarget({ path, type, kind }: Place, navigation: NavigationProperty): void {
  if (navigation.type !== type) throw new Error(`${path}: the navigation property leads to ${navigation.type.name}, not to ${type.name}`);
  if (navigation.collection !== (kind === "set")) throw new Error(`${path}: a ${kind} and its navigation property differ in being a collection`);
}

function addAliases(growing: Growing, definition: PlaceDefinition): void {
  const place = growing.byPath.get(definition.path.toLowerCase())!;
  for (const alias of definition.aliases ?? []) {
    const { parent, name, navigation } = hang(growing, { ...definition, path: alias });
    if (navigation !== undefined && navigation.type !== place.type) throw new Error(`${alias}: leads to ${navigation.type.name}, not to ${place.type.name}`);
    siblingsOf(growing, parent).set(name.toLowerCase(), place);
  }
}

/** Where the navigation properties of a place lead (CSDL 13.4). Throws for a path that is none, and for a target that is not there or holds something else. */
function bindNavigation(growing: Growing, { path, bindings = {} }: PlaceDefinition): void {
  const place = growing.byPath.get(path.toLowerCase())!;
  for (const [sent, to] of Object.entries(bindings)) {
    const where = `${path}: the binding of '${sent}'`;
    const written = withFullNames(sent, growing.findType);
    if (bindBelow(growing, place, { written, to })) continue;
    const navigation = navigationOf(place.type, written, growing.findType);
    if (navigation === undefined) throw new Error(`${where} names no navigation property of ${place.type.name}`);
    const target = growing.byPath.get(to.slice(to.startsWith("/") ? to.indexOf("/", 1) + 1 : 0).toLowerCase());
    if (target === undefined) throw new Error(`${where} leads to '${to}', which is no place of the model`);
    const fits = target.type === navigation.type || target.type.derived.includes(navigation.type) || navigation.type.derived.includes(target.type);
    if (!fits) throw new Error(`${where} leads to '${to}', whose rows are of type ${target.type.name} and not ${navigation.type.name}`);
    (place.bindings as Map<string, Place>).set(written.toLowerCase(), target);
  }
}

/** A path whose casts may use the alias of a schema, with the names by which types are known. */
function withFullNames(path: string, findType: ResolvedTypes["findType"]): string {
  const steps = path.split("/").map((step) => (step.includes(".") ? (findType(step)?.name ?? step) : step));
  return steps.join("/");
}

/** A path that begins with a type of what the rows contain (CSDL 4.0 lets the way there out) binds the places of that type below. */
function bindBelow({ byPath, findType }: Growing, place: Place, { written, to }: { readonly written: string; readonly to: string }): boolean {
  const [cast = "", ...rest] = written.split("/");
  const type = cast.includes(".") ? findType(cast) : undefined;
  if (type?.kind !== "entity" || isOneOf(type, place.type) || rest.length === 0) return false;
  const target = byPath.get(to.toLowerCase());
  for (const below of byPath.values()) {
    if (target === undefined || !below.path.startsWith(`${place.path}/`)) continue;
    const own = isOneOf(below.type, type) ? rest.join("/") : isOneOf(type, below.type) ? written : undefined;
    if (own !== undefined) (below.bindings as Map<string, Place>).set(own.toLowerCase(), target);
  }
  return true;
}

/** The navigation property at the end of a binding path: complex and containment properties and casts lead to it. */
function navigationOf(from: EntityType, path: string, findType: ResolvedTypes["findType"]): NavigationProperty | undefined {
  let type: EntityType | ComplexType | undefined = from;
  let found: NavigationProperty | undefined;
  for (const step of path.split("/")) {
    if (type === undefined) return undefined;
    const cast: AnyType | undefined = step.includes(".") ? findType(step) : undefined;
    if (cast?.kind === "entity" || cast?.kind === "complex") {
      type = isOneOf(cast, type) ? cast : undefined;
      continue;
    }
    found = type.allNavigation.find(({ name }) => name === step);
    const value: AnyType | undefined = found?.type ?? type.allProperties.find(({ name }) => name === step)?.type;
    type = value?.kind === "entity" || value?.kind === "complex" ? value : undefined;
  }
  return found;
}

function isOneOf(type: EntityType | ComplexType, of: EntityType | ComplexType): boolean {
  return type === of || of.derived.some((one) => one === type);
}
