import { problem, type Problem } from "../base/errors.ts";
import type { EntityType } from "../edm/types.ts";
import type { ExpandItem, QueryOptions, Segment, SelectItem } from "../odata/options.ts";
import { printOptions } from "../odata/printOptions.ts";
import { bindExpression, bindPredicate } from "./bindExpression.ts";
import { bindQuery, type QueryContext } from "./bindQuery.ts";
import { requireLegal } from "./optionLegality.ts";
import type { CollectionTarget, CrossedSet, OrderItem, Query } from "./plan.ts";
import { resolvePath } from "./resolvePath.ts";
import { bindProblem, type Scope, type Variable } from "./scope.ts";

const most = 4;

/** The sets that `$crossjoin(A,B)` names (OData 4.01 URL Conventions 4.15). Throws `badRequest` for what is no set of this service, one that is named twice, and for too many. */
export function crossedSets({ arguments: values = [], raw }: Segment, { model }: Pick<QueryContext, "model">): readonly CollectionTarget[] {
  const sets = values.map(({ value }) => {
    const [step, ...others] = value.kind === "path" ? value.segments : [];
    if (step?.kind !== "name" || others.length > 0) throw refused(raw, "expected names of entity sets");
    const target = resolvePath(model, [{ name: step.name, raw: step.name, at: step.at }]);
    if (target.kind !== "collection" || target.hub.kind !== "home" || target.place.definition.virtual === true)
      throw refused(raw, `'${step.name}' is no entity set`);
    return target;
  });
  if (new Set(sets.map(({ place }) => place)).size < sets.length) throw refused(raw, "a set is named twice");
  if (sets.length === 0 || sets.length > most) throw refused(raw, `expected one to ${most} entity sets, got ${sets.length}`);
  return sets;
}

function refused(raw: string, what: string): Problem {
  return problem("badRequest", { what: `$crossjoin: ${what}.` }, { target: raw });
}

/**
 * Binds the options of a crossjoin: every path begins with the name of a set; `$expand=A($select=x)`, or in short `$select=A/x`, shows the entities of a set, of
 * which else there is the link. Ordered by `$orderby`, then by the keys of all sets.
 */
export function bindCrossjoin(sets: readonly CollectionTarget[], options: QueryOptions, context: Omit<QueryContext, "place">): Query {
  requireLegal(options, "crossjoin", "$crossjoin", context.pure);
  const names = sets.map(({ place }) => place.name);
  const first = sets[0]!.place;
  const { filter, orderby = [], top, skip = 0, skiptoken, ...others } = options;
  const base = bindQuery({ ...(top === undefined ? {} : { top }), skip }, { ...context, place: first });
  const dynamic: Query["dynamic"][number][] = [];
  const touches = new Set(sets.slice(1).map(({ place }) => place));
  const scopeOf = (option: string): Scope => ({
    model: context.model,
    type: nothing(names, first.type),
    place: first,
    variables: sets.map(({ place }): Variable => ({ name: place.name, element: place.type, elementType: "complex", place })),
    aliases: context.aliases,
    option,
    pure: context.pure === true,
    useDynamic: (name, place) => void dynamic.push({ name, option, ...(place === undefined ? {} : { place }) }),
    touch: (place) => void touches.add(place),
  });
  return {
    ...base,
    ...(filter === undefined ? {} : { filter: bindPredicate(filter, scopeOf("$filter")) }),
    orderby: [
      ...orderby.map((item) => ordered(item, scopeOf("$orderby"))),
      ...sets.flatMap(({ place }) => place.type.key.map((key) => byKey([place.name, key], scopeOf("$orderby")))),
    ],
    count: options.count === true,
    crossjoin: shownSets(sets, others, context),
    ...(skiptoken === undefined ? {} : { skiptoken }),
    text: printOptions(
      {
        ...others,
        ...(filter && { filter }),
        ...(options.orderby && { orderby }),
        ...(top === undefined ? {} : { top }),
        ...(options.skip === undefined ? {} : { skip }),
      },
      context.aliases,
    ),
    within: [`$crossjoin(${names.join(",")})`],
    dynamic,
    touches: [...touches],
  };
}

/** Outside the sets there are no names. */
function nothing(names: readonly string[], like: EntityType): EntityType {
  const none = { properties: [], allProperties: [], navigation: [], allNavigation: [], derived: [], open: false };
  return { ...like, ...none, name: `$crossjoin(${names.join(",")})` };
}

function ordered({ expression, descending }: NonNullable<QueryOptions["orderby"]>[number], scope: Scope): OrderItem {
  const { typed, isNullTest } = bindExpression(expression, scope);
  if (isNullTest === true) throw bindProblem(scope, expression.at, "a complex value or an entity has no order");
  return { expression: typed, descending, nullable: true };
}

function byKey(path: readonly string[], scope: Scope): OrderItem {
  const segments = path.map((name) => ({ kind: "name" as const, name, at: 0 }));
  return { expression: bindExpression({ kind: "path", segments, at: 0 }, scope).typed, descending: false, nullable: true };
}

/** Each set with how its entities are shown, where they are. */
function shownSets(sets: readonly CollectionTarget[], { select = [], expand = [] }: QueryOptions, context: Omit<QueryContext, "place">): readonly CrossedSet[] {
  const isOf = (name: string, path: readonly string[]): boolean => path[0]?.toLowerCase() === name.toLowerCase();
  const known = (item: SelectItem | ExpandItem): boolean => item.star || sets.some(({ place }) => isOf(place.name, item.path));
  const stray = [...select, ...expand].find((item) => !known(item) || (item.path.length > 1 && !select.includes(item)) || "suffix" in item);
  if (stray !== undefined)
    throw refused(stray.path.join("/"), `'${stray.path.join("/")}': $expand names sets, $select paths that begin with one (position ${stray.at})`);
  return sets.map(({ place }) => {
    const { name } = place;
    const paths = select
      .filter((item) => item.star || isOf(name, item.path))
      .map((item): SelectItem => ({ ...item, path: item.path.slice(1), star: item.star || item.path.length === 1 }));
    const item = expand.find((one) => one.star || isOf(name, one.path));
    if (item === undefined && paths.length === 0) return { name, place };
    const options = { ...item?.options, ...(paths.length === 0 ? {} : { select: [...(item?.options.select ?? []), ...paths] }) };
    requireLegal(options, "expandedOne", name, context.pure);
    const { model, budgets, pure = false, aliases } = context;
    return {
      name,
      place,
      shown: bindQuery(options, {
        model,
        budgets,
        pure,
        place,
        outer: { place, made: "$crossjoin" },
        aliases: item?.aliases === undefined ? aliases : new Map([...aliases, ...item.aliases]),
      }),
    };
  });
}
