import type { Model, Place } from "./model.ts";
import type { ComplexType, EntityType, NavigationProperty } from "./types.ts";

/** How the rows of two places are related: stored once, by whichever of its two navigation properties it is written. */
export interface Relation {
  /** `Products/Category`; unique within the model. */
  readonly name: string;
  readonly source: Place;
  readonly target: Place;
  /** A row of the source is related to one row of the target at most. */
  readonly toOne: boolean;
  /** A row of the target is related to one row of the source at most. */
  readonly fromOne: boolean;
  /** Referential constraints (CSDL 8.5): the relation is that these properties are equal, and has no rows of its own. */
  readonly columns?: readonly { readonly source: string; readonly target: string }[];
}

/** A navigation property without containment, from a place to the one it is bound to. One within a complex value has the path to it as its name: `Seat/Port`. */
export interface Link {
  readonly navigation: NavigationProperty;
  readonly from: Place;
  readonly to: Place;
  readonly relation: Relation;
  /** Followed from the relation's target to its source. */
  readonly reversed: boolean;
  /** The derived type that declares it, where the place's own type does not. */
  readonly declaredBy?: EntityType;
}

interface Links {
  readonly byPlace: ReadonlyMap<Place, ReadonlyMap<string, Link>>;
  readonly within: ReadonlyMap<Place, readonly Link[]>;
  readonly relations: readonly Relation[];
}

const made = new WeakMap<readonly Place[], Links>();

function linksIn({ places }: Pick<Model, "places">): Links {
  let links = made.get(places);
  if (links === undefined) made.set(places, (links = derive(places)));
  return links;
}

/** All relations of a model, in the order of its places. */
export function relationsOf(model: Pick<Model, "places">): readonly Relation[] {
  return linksIn(model).relations;
}

/** The links that begin at a place, by lower-cased name or path of the navigation property; of a derived type also `ns.type/name`. */
export function linksFrom(model: Pick<Model, "places">, place: Place): ReadonlyMap<string, Link> {
  return linksIn(model).byPlace.get(place) ?? new Map<string, Link>();
}

/** A link by the name of its navigation property, in any case; behind a cast only where that type has it. */
export function findLink(
  model: Pick<Model, "places">,
  { place, cast }: { readonly place: Place; readonly cast?: EntityType | undefined },
  name: string,
): Link | undefined {
  const links = linksFrom(model, place);
  const lower = name.toLowerCase();
  const own = cast === undefined ? undefined : links.get(`${cast.name.toLowerCase()}/${lower}`);
  const link = own ?? links.get(lower);
  const { declaredBy } = link ?? {};
  const fits = cast === undefined || declaredBy === undefined || declaredBy === cast || declaredBy.derived.includes(cast);
  return fits ? link : undefined;
}

interface Bound {
  readonly navigation: NavigationProperty;
  readonly from: Place;
  readonly to: Place;
  readonly declaredBy?: EntityType;
}

function derive(places: readonly Place[]): Links {
  const bound = places.filter(hasRows).flatMap((place) => boundFrom(place, places));
  const relations = new Map<string, Relation>();
  const byPlace = new Map<Place, Map<string, Link>>();
  for (const one of bound) {
    const back = bound.find((other) => isPartner(one, other));
    const forward = back === undefined || precedes(one, back);
    const { name, ...parts } = forward ? partsOf(one, back) : partsOf(back, one);
    const relation = relations.get(name) ?? { name, ...parts };
    relations.set(name, relation);
    addLink(byPlace, { ...one, relation, reversed: !forward });
  }
  const nested = [...byPlace].map(([place, links]) => [place, [...new Set(links.values())].filter(({ navigation }) => navigation.name.includes("/"))] as const);
  return { byPlace, within: new Map(nested.filter(([, links]) => links.length > 0)), relations: [...relations.values()] };
}

function addLink(byPlace: Map<Place, Map<string, Link>>, link: Link): void {
  const links = byPlace.get(link.from) ?? new Map<string, Link>();
  byPlace.set(link.from, links);
  const name = link.navigation.name.toLowerCase();
  if (!links.has(name)) links.set(name, link);
  if (link.declaredBy !== undefined) links.set(`${link.declaredBy.name.toLowerCase()}/${name}`, link);
}

/** Hubs lead to what they contain alone, and a virtual singleton is nobody's relation. */
function hasRows({ definition }: Place): boolean {
  return definition.virtual !== true && definition.hub === undefined;
}

/** Every navigation property of the place's types that leads somewhere. */
function boundFrom(place: Place, places: readonly Place[]): Bound[] {
  const seen = new Set<NavigationProperty | string>();
  return [place.type, ...place.type.derived].flatMap((type) =>
    [...type.allNavigation, ...withinValues(type)].flatMap((navigation): Bound[] => {
      const known = navigation.name.includes("/") ? navigation.name : navigation;
      if (navigation.containsTarget || seen.has(known)) return [];
      seen.add(known);
      const isDerived = type !== place.type;
      const to = targetOf(place, isDerived ? type : undefined, navigation) ?? onlySetOf(navigation.type, places);
      if (to === undefined || !hasRows(to) || to.depth > 0 || !isRelatedType(to.type, navigation.type)) return [];
      return [{ navigation, from: place, to, ...(isDerived && { declaredBy: type }) }];
    }),
  );
}

/** The navigation properties of its complex values, by their paths; those of values in collections and of derived complex types lead nowhere. */
function withinValues(type: EntityType | ComplexType, above: readonly ComplexType[] = []): NavigationProperty[] {
  return type.allProperties.flatMap(({ name, type: value, collection }) => {
    if (value.kind !== "complex" || collection || above.includes(value)) return [];
    return [...value.allNavigation, ...withinValues(value, [...above, value])].map((one) => below(name, one));
  });
}

function below(step: string, { constraints, ...navigation }: NavigationProperty): NavigationProperty {
  const moved = constraints?.map(({ property, referenced }) => ({ property: `${step}/${property}`, referenced }));
  return { ...navigation, name: `${step}/${navigation.name}`, ...(moved && { constraints: moved }) };
}

/** The names that lead to the complex value that has a navigation property; empty for one of the entity itself. */
export function withinOf({ name }: NavigationProperty): readonly string[] {
  return name.split("/").slice(0, -1);
}

/** The name that a navigation property has in the value that it is a member of. */
export function memberName({ name }: NavigationProperty): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Whether entities of a type have a navigation property, of their own or in a complex value. */
export function hasNavigation({ allNavigation, allProperties }: EntityType, navigation: NavigationProperty): boolean {
  const [top] = withinOf(navigation);
  return top === undefined ? allNavigation.includes(navigation) : allProperties.some(({ name }) => name === top);
}

/** The links of a place that lie within complex values. */
export function linksWithin(model: Pick<Model, "places">, place: Place): readonly Link[] {
  return linksIn(model).within.get(place) ?? [];
}

/** Where a place binds the property, or one above it does by a path through containment: `Logs/Author`. */
function targetOf(place: Place, declaredBy: EntityType | undefined, { name }: NavigationProperty): Place | undefined {
  const paths = [...(declaredBy === undefined ? [] : [`${declaredBy.name}/${name}`]), name];
  let way = "";
  for (let above: Place | undefined = place; above !== undefined; above = above.parent) {
    for (const path of paths) {
      const found = above.bindings.get(`${way}${path}`.toLowerCase());
      if (found !== undefined) return found;
    }
    way = `${above.name}/${way}`;
  }
  return undefined;
}

/** Where nothing is bound: the one set of that very type. */
function onlySetOf(type: EntityType, places: readonly Place[]): Place | undefined {
  const sets = places.filter((place) => place.type === type && place.kind === "set" && place.parent === undefined);
  return sets.length === 1 ? sets[0] : undefined;
}

function isRelatedType(one: EntityType, other: EntityType): boolean {
  return one === other || one.derived.includes(other) || other.derived.includes(one);
}

function isPartner(one: Bound, other: Bound): boolean {
  if (one === other || one.to !== other.from || other.to !== one.from) return false;
  return one.navigation.partner === other.navigation.name || other.navigation.partner === one.navigation.name;
}

/** Which of two partners a relation is stored by: the one with referential constraints, else the single one, else the first by name. */
function precedes(one: Bound, other: Bound): boolean {
  const rank = ({ navigation }: Bound): number => (navigation.constraints === undefined ? (navigation.collection ? 2 : 1) : 0);
  return rank(one) < rank(other) || (rank(one) === rank(other) && nameOf(one) < nameOf(other));
}

function nameOf({ from, navigation }: Bound): string {
  return `${from.path}/${navigation.name}`;
}

function partsOf(one: Bound, back: Bound | undefined): Relation {
  const { constraints } = one.navigation;
  return {
    name: nameOf(one),
    source: one.from,
    target: one.to,
    toOne: !one.navigation.collection,
    fromOne: back !== undefined && !back.navigation.collection,
    ...(constraints !== undefined && { columns: constraints.map(({ property, referenced }) => ({ source: property, target: referenced })) }),
  };
}
