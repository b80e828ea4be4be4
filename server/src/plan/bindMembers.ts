import { problem, type Problem } from "../base/errors.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { OptionName, QueryOptions, SelectItem } from "../odata/options.ts";
import { bindCompute } from "./bindCompute.ts";
import { bindExpression, bindPredicate } from "./bindExpression.ts";
import type { BoundSelect, SelectContext } from "./bindSelect.ts";
import type { Members, OrderItem, Projection } from "./plan.ts";
import { bindProblem, type Scope } from "./scope.ts";
import type { SelectLevel } from "./selectLevel.ts";

/** A selected property with options in parentheses. */
interface Asked {
  readonly item: SelectItem;
  readonly options: QueryOptions;
  readonly place: { readonly type: EntityType | ComplexType | undefined; readonly level: SelectLevel; readonly property?: Property };
}

/** How the `$select` within is bound: the way back. */
export type BindSelect = (items: readonly SelectItem[] | undefined, context: SelectContext) => BoundSelect;

interface BoundMembers {
  readonly node: Projection;
  readonly members: readonly Members[];
}

/** Binds the options in parentheses behind a property in `$select` (OData 4.01 URL Conventions 5.1.4). Throws `badRequest` for those that it cannot have. */
export function bindMembers({ item, options, place }: Asked, context: SelectContext, bindSelect: BindSelect): BoundMembers {
  const { property, level } = place;
  if (property === undefined) throw refused(item, "is no declared property of the type, and has no options; a navigation property is expanded by $expand");
  requireLegal(item, options, property);
  const rowScope = item.aliases === undefined ? context.scopeOf : aliased(context.scopeOf, item.aliases);
  const scopeOf = (option: string): Scope => level.scope(rowScope(option));
  const compute = options.compute === undefined ? undefined : bindCompute(options.compute, scopeOf("$compute"));
  if (!property.collection && compute !== undefined && level.columns !== context.level.columns)
    throw refused(item, `is computed within members of a collection; write ${item.path[0]!}($select=...) around it`);
  const named = (option: string): Scope => ({ ...scopeOf(option), ...(compute === undefined ? {} : { computed: compute.names }) });
  // What is computed of the row is no member's.
  const { compute: _, ...around } = context;
  const inner = bindSelect(options.select, { ...around, level, scopeOf: (option) => rowScope(option), ...(compute === undefined ? {} : { compute }) });
  if (!property.collection) return { node: inner.projection, members: inner.shaping.members };
  const members: Members = { ...shapeOf(options, named, context), sources: level.sources, columns: level.columns };
  return { node: { ...inner.projection, members }, members: [members, ...inner.shaping.members] };
}

function aliased(scopeOf: SelectContext["scopeOf"], aliases: NonNullable<SelectItem["aliases"]>): SelectContext["scopeOf"] {
  return (option) => {
    const scope = scopeOf(option);
    return { ...scope, aliases: new Map([...scope.aliases, ...aliases]) };
  };
}

function shapeOf(
  { filter, orderby = [], skip = 0, top, count }: QueryOptions,
  scopeOf: (option: string) => Scope,
  { maxSkip }: SelectContext,
): Omit<Members, "sources" | "columns"> {
  if (skip > maxSkip) throw problem("badRequest", { what: `$select: $skip is ${skip}; at most ${maxSkip} members can be skipped.` }, { target: "$select" });
  const scope = scopeOf("$orderby");
  const order = orderby.map(({ expression, descending }): OrderItem => {
    const { typed } = bindExpression(expression, scope);
    if (typed.kind === "complexIsNull") throw bindProblem(scope, expression.at, "a complex value has no order");
    return { expression: typed, descending, nullable: true };
  });
  return {
    ...(filter === undefined ? {} : { filter: bindPredicate(filter, scopeOf("$filter")) }),
    orderby: order,
    skip,
    ...(top === undefined ? {} : { top }),
    count: count === true,
  };
}

/** Which options each kind of property can have. */
function requireLegal(item: SelectItem, options: QueryOptions, { type, collection }: Property): void {
  const served = new Set<OptionName>([
    ...(collection ? (["filter", "orderby", "skip", "top", "count"] as const) : []),
    ...(type.kind === "complex" ? (["select", "compute"] as const) : []),
  ]);
  for (const name of Object.keys(options) as OptionName[]) {
    if (served.has(name)) continue;
    if (name === "search" && collection)
      throw problem(
        "notImplemented",
        { what: `$select: $search of '${item.path.join("/")}' is not implemented (position ${item.at}).` },
        { target: "$select" },
      );
    throw refused(
      item,
      `${collection ? "is a collection of plain values" : type.kind === "complex" ? "is a single value" : "is a plain value"} and cannot have $${name}`,
    );
  }
}

function refused({ path, at }: SelectItem, what: string): Problem {
  return problem("badRequest", { what: `$select: '${path.join("/")}' ${what} (position ${at}).` }, { target: "$select" });
}
