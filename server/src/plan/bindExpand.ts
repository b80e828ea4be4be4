import { problem, type Problem } from "../base/errors.ts";
import { findLink, type Link } from "../edm/links.ts";
import type { Place } from "../edm/model.ts";
import type { ComplexType, EntityType, NavigationProperty, Property, ValueType } from "../edm/types.ts";
import type { ExpandItem, QueryOptions } from "../odata/options.ts";
import { propertyOf } from "./bindPath.ts";
import type { QueryContext } from "./bindQuery.ts";
import { requireLegal } from "./optionLegality.ts";
import type { Expansion, Query } from "./plan.ts";
import { findChild } from "./resolvePath.ts";

/** How deep expansions may lie in each other, and how many a request may have: each is a statement of its own. */
const deepest = 8;
const most = 64;

/** How an expansion's options are bound: the way back into queries. */
export type BindQuery = (options: QueryOptions, context: QueryContext) => Query;

/**
 * Binds `$expand` (OData 4.01 URL Conventions 5.1.3): navigation properties with casts before and behind them, `*`, `/$ref`, `/$count`,
 * `$levels` and every option within. What `*` and `$levels` stand for is written out. Throws `unknownProperty`, `badRequest` and `notImplemented`,
 * each with the item's position.
 */
export function bindExpand(items: readonly ExpandItem[], context: QueryContext, bindQuery: BindQuery): Expansion[] {
  const named = items.filter(({ star }) => !star);
  const bound = new Map<string, Expansion>();
  for (const item of named) {
    const one = bindNamed(item, context, bindQuery);
    if (bound.has(one.key) && item.again !== true)
      throw refused(item, `'${item.path.join("/")}' is expanded twice; put all options into one pair of parentheses`);
    if (!bound.has(one.key)) bound.set(one.key, one);
  }
  for (const item of items) {
    if (!item.star) continue;
    for (const one of bindStar(item, context, bindQuery)) if (!bound.has(one.key)) bound.set(one.key, one);
  }
  return [...bound.values()];
}

function refused({ at }: ExpandItem, what: string): Problem {
  return problem("badRequest", { what: `$expand: ${what} (position ${at}).` }, { target: "$expand" });
}

function later({ at }: ExpandItem, what: string): Problem {
  return problem("notImplemented", { what: `$expand: ${what} is not implemented (position ${at}).` }, { target: "$expand" });
}

const isType = (name: string): boolean => name.includes(".") && !name.startsWith("@");

/** A navigation property, with the type that it is reached through and the one that its entities are narrowed to. */
interface Reached {
  readonly navigation: NavigationProperty;
  /** The type of the rows, or the derived one that is cast to. */
  readonly from: EntityType;
  readonly cast?: EntityType;
}

function bindNamed(item: ExpandItem, context: QueryContext, bindQuery: BindQuery): Expansion {
  const { path } = item;
  let from = context.cast ?? context.place.type;
  let reached: Reached | undefined;
  const inside: Property[] = [];
  for (const [index, name] of path.entries()) {
    const value = reached === undefined && index < path.length - 1 ? valueOf(name, inside.at(-1)?.type ?? from) : undefined;
    if (value !== undefined) {
      inside.push(value);
    } else if (inside.length > 0 && reached === undefined) {
      reached = {
        navigation: navigationWithin(item, [...inside.map((one) => one.name), name], { from, type: inside.at(-1)!.type as ComplexType }, context),
        from,
      };
    } else if (isType(name)) {
      const type = derivedType(item, name, reached?.navigation.type ?? from, context);
      if (reached === undefined) from = type;
      else reached = { ...reached, cast: type };
    } else if (reached !== undefined) {
      throw refused(item, `'${name}' behind '${reached.navigation.name}': write ${reached.navigation.name}($expand=${path.slice(index).join("/")})`);
    } else {
      reached = { navigation: navigationOf(item, name, from), from };
    }
  }
  if (reached === undefined) throw refused(item, "expected a navigation property behind the type");
  return expansion(item, reached, context, bindQuery);
}

/** A complex value that leads on to a navigation property. */
function valueOf(name: string, type: EntityType | ValueType): Property | undefined {
  const property = type.kind === "entity" || type.kind === "complex" ? propertyOf(type, name) : undefined;
  return property?.type.kind === "complex" && !property.collection ? property : undefined;
}

/** A navigation property of a complex value, by its path. Throws for what is none, and for one that leads nowhere here. */
function navigationWithin(item: ExpandItem, path: readonly string[], { from, type }: Within, { model, place, cast }: QueryContext): NavigationProperty {
  const name = path.at(-1)!;
  const link = findLink(model, { place, cast: from === place.type ? cast : from }, path.join("/"));
  if (link !== undefined) return link.navigation;
  const lower = name.toLowerCase();
  const isNavigation = isType(name) || [type, ...type.derived].some((one) => one.allNavigation.some((own) => own.name.toLowerCase() === lower));
  if (isNavigation) throw later(item, `'${item.path.join("/")}', a navigation property of a complex value,`);
  const property = propertyOf(type, name);
  if (property === undefined) throw problem("unknownProperty", { property: name, type: type.name }, { target: "$expand" });
  throw refused(item, `property '${property.name}' on type '${type.name}' is not a navigation property: it is there without $expand`);
}

interface Within {
  readonly from: EntityType;
  readonly type: ComplexType;
}

function derivedType(item: ExpandItem, name: string, from: EntityType, { model }: QueryContext): EntityType {
  const type = model.findType(name);
  if (type?.kind === "entity" && (type === from || from.derived.includes(type))) return type;
  throw refused(item, `'${name}' is not '${from.name}' or a type derived from it`);
}

/** By its name in any case; derived types' are reachable without a cast. Throws for what is no navigation property. */
function navigationOf(item: ExpandItem, name: string, type: EntityType): NavigationProperty {
  if (name === "$value") throw later(item, "'$value'");
  if (name.startsWith("@")) throw later(item, `the annotation '${name}'`);
  const lower = name.toLowerCase();
  const found = allNavigation(type).find((one) => one.navigation.name.toLowerCase() === lower);
  if (found !== undefined) return found.navigation;
  const property = propertyOf(type, name);
  if (property === undefined) throw problem("unknownProperty", { property: name, type: type.name }, { target: "$expand" });
  if (property.type.kind === "complex" && item.path.at(-1) !== name) throw later(item, `'${item.path.join("/")}', a navigation property of a complex value,`);
  throw refused(item, `property '${property.name}' on type '${type.name}' is not a navigation property: it is there without $expand`);
}

interface Declared {
  readonly navigation: NavigationProperty;
  readonly declaredBy: EntityType;
}

function allNavigation(type: EntityType): Declared[] {
  const own = type.allNavigation.map((navigation) => ({ navigation, declaredBy: type }));
  return [...own, ...type.derived.flatMap((derived) => derived.navigation.map((navigation) => ({ navigation, declaredBy: derived })))];
}

/** Every navigation property that leads somewhere; those of derived types with theirs. */
function bindStar(item: ExpandItem, context: QueryContext, bindQuery: BindQuery): Expansion[] {
  const type = context.cast ?? context.place.type;
  if (item.path.length > 0) throw later(item, `'${item.path.join("/")}/*'`);
  if ((context.depth ?? 0) >= deepest) return [];
  return allNavigation(type).flatMap(({ navigation, declaredBy }) => {
    const from = declaredBy === type ? type : declaredBy;
    return linkOf({ navigation, from }, context) === undefined && placeOf({ navigation, from }, context) === undefined
      ? []
      : [expansion(item, { navigation, from }, context, bindQuery)];
  });
}

function placeOf({ navigation, from }: Reached, { place, cast }: QueryContext): Place | undefined {
  return findChild(place, from === place.type ? cast : from, navigation.name);
}

/** The link that the property is, where its entities are not contained. */
function linkOf({ navigation, from }: Reached, { model, place, cast }: QueryContext): Link | undefined {
  return navigation.containsTarget ? undefined : findLink(model, { place, cast: from === place.type ? cast : from }, navigation.name);
}

function expansion(item: ExpandItem, reached: Reached, context: QueryContext, bindQuery: BindQuery): Expansion {
  const { navigation, cast } = reached;
  const link = linkOf(reached, context);
  const place = link?.to ?? placeOf(reached, context);
  if (place === undefined) throw later(item, `'${navigation.name}', whose entities lie in no set of this service,`);
  const depth = (context.depth ?? 0) + 1;
  if (depth > deepest) throw refused(item, `nested more than ${deepest} levels deep; read what lies deeper by its own URL`);
  const expanded = context.expanded ?? { count: 0 };
  expanded.count += 1;
  if (expanded.count > most) throw refused(item, `more than ${most} collections would be expanded; name those that are wanted, or ask for fewer $levels`);
  if (!navigation.collection && item.suffix === "count") throw refused(item, `'${navigation.name}' is a single entity, which has no $count`);
  requireLegal(item.options, navigation.collection || item.star ? "expanded" : "expandedOne", navigation.name, context.pure);
  const { model, budgets, pure = false } = context;
  const aliases = item.aliases === undefined ? context.aliases : new Map([...context.aliases, ...item.aliases]);
  const options = writtenOut(item, { ...context, depth }, place.type);
  const outer = context.outer === undefined ? {} : { outer: context.outer };
  const query = bindQuery(options, { model, aliases, budgets, place, pure, depth, expanded, ...outer, ...(cast === undefined ? {} : { cast }) });
  const name = navigation.containsTarget ? place.name : navigation.name;
  return {
    key: item.suffix === "count" ? `${name}/$count` : name,
    navigation,
    place,
    query,
    ...(link === undefined ? {} : { link }),
    ...(cast === undefined ? {} : { cast }),
    ...(item.suffix === undefined ? {} : { suffix: item.suffix }),
    ...(options.expand?.some(({ again }) => again === true) === true ? { recursive: true } : {}),
    ...(item.again === true ? { again: true } : {}),
  };
}

/** The options with what `$levels` asks for beyond the first level as an expansion of its own (OData URL Conventions 5.1.3.1). */
function writtenOut(item: ExpandItem, { depth = 0 }: QueryContext, type: EntityType): QueryOptions {
  const { levels, ...options } = item.options;
  if (levels === undefined || levels === 1) return options;
  const leadsOn = item.star ? allNavigation(type).length > 0 : allNavigation(type).some(({ navigation }) => navigation.name.toLowerCase() === nameOf(item));
  if (!leadsOn && !item.star) {
    throw refused(
      item,
      `$levels=${levels} needs a property that leads to its own type; '${item.path.join("/")}' leads to '${type.name}', which has none of that name`,
    );
  }
  if (levels !== "max" && depth + levels - 1 > deepest)
    throw refused(item, `$levels=${levels} is too deep; ask for at most ${deepest - depth + 1} levels here, or for max`);
  if (!leadsOn || depth >= deepest) return options;
  const again: ExpandItem = { ...item, again: true, options: { ...item.options, levels: levels === "max" ? levels : levels - 1 } };
  return { ...options, expand: [...(options.expand ?? []), again] };
}

function nameOf({ path }: ExpandItem): string {
  return (path.find((name) => !isType(name)) ?? "").toLowerCase();
}
