import type { Budgets } from "../base/limits.ts";
import { problem } from "../base/errors.ts";
import type { Model, Place } from "../edm/model.ts";
import { isSearchable } from "../edm/searchable.ts";
import type { EntityType } from "../edm/types.ts";
import type { Expression } from "../odata/expression.ts";
import type { ComputeItem, OrderbyItem, QueryOptions } from "../odata/options.ts";
import { printExpression } from "../odata/printExpression.ts";
import { printOptions } from "../odata/printOptions.ts";
import { bindApplied } from "./bindApplied.ts";
import { bindCompute, type BoundCompute } from "./bindCompute.ts";
import { bindExpand } from "./bindExpand.ts";
import { bindExpression, bindPredicate } from "./bindExpression.ts";
import { bindSearch, type Searched } from "./bindSearch.ts";
import { bindSelect, type SelectContext } from "./bindSelect.ts";
import { notSearched } from "./optionLegality.ts";
import { markOuter } from "./outerMark.ts";
import type { OrderItem, Query } from "./plan.ts";
import { requireAffordable } from "./requireAffordable.ts";
import { requireAffordableApply } from "./requireAffordableApply.ts";
import { bindProblem, type Outer, type Scope } from "./scope.ts";
import { SelectLevel } from "./selectLevel.ts";
import type { Typed } from "./typed.ts";

/** What a query is bound to. */
export interface QueryContext {
  readonly model: Model;
  readonly place: Place;
  readonly cast?: EntityType;
  readonly aliases: ReadonlyMap<string, Expression>;
  readonly budgets: Budgets;
  /** The odata profile: strings stand for values of other types, and nothing is refused in the words of Graph. */
  readonly pure?: boolean;
  /** Of `$filter(...)` segments: what holds beside the `$filter`. */
  readonly filters?: readonly Expression[];
  /** The graph profile: `$top` asks for pages of that size and nextLink goes on, unless maxpagesize says what a page is. */
  readonly topIsPageSize?: boolean;
  /** Rows come in the order of their keys, whatever the place's default. */
  readonly byKey?: true;
  /** `Prefer: odata.maxpagesize`. */
  readonly maxPageSize?: number;
  /** Of a request for changes: nothing but the row itself may say whether it is among them. */
  readonly ownRows?: true;
  /** Of an expansion: how deep it lies, from 1. */
  readonly depth?: number;
  /** Expansions of the request so far. */
  readonly expanded?: { count: number };
  /** Of an expansion: the rows that the path of the request leads to. */
  readonly outer?: Outer;
}

/** Binds the options of a read to the model. Throws `badRequest`, `unknownProperty` or `notImplemented`, each naming the option. */
export function bindQuery(options: QueryOptions, context: QueryContext): Query {
  const { budgets, place, model } = context;
  const type = context.cast ?? place.type;
  const { scopeOf: plainScope, used } = scopesOf(type, context);
  const { skiptoken, ...withoutToken } = options;
  const { filter, orderby, select, expand, skip = 0 } = options;
  const compute = options.compute === undefined || options.apply !== undefined ? undefined : bindCompute(options.compute, plainScope("$compute"));
  const scopeOf = (option: string): Scope => (compute === undefined ? plainScope(option) : { ...plainScope(option), computed: compute.names });
  if (skip > budgets.maxSkip) {
    throw problem(
      "badRequest",
      { what: `$skip is ${skip}; at most ${budgets.maxSkip} rows can be skipped. Follow @odata.nextLink instead.` },
      { target: "$skip" },
    );
  }
  const applied =
    options.apply === undefined
      ? undefined
      : bindApplied(options, context, { order: bindOrder(undefined, context, scopeOf("$orderby")), scopeOf, searched: () => searched(type, context) });
  const conditions = allOf([
    ...(context.filters ?? []).map((one) => bindPredicate(one, scopeOf("path"))),
    ...(filter === undefined || applied !== undefined ? [] : [bindPredicate(filter, scopeOf("$filter"))]),
    ...(options.search === undefined || applied !== undefined ? [] : [bindSearch(options.search, searched(type, context))]),
  ]);
  const order = applied?.order ?? bindOrder(orderby, context, scopeOf("$orderby"));
  if (conditions.filter !== undefined) requireAffordable(conditions.filter, options.search === undefined ? "$filter" : "$search");
  if (applied !== undefined) requireAffordableApply(applied.apply.stage);
  for (const { expression } of order) requireAffordable(expression, "$orderby");
  return {
    ...conditions,
    orderby: order,
    ...limitOf(options.top, context),
    skip,
    count: options.count === true,
    pageSize: Math.max(1, Math.min(context.maxPageSize ?? options.top ?? budgets.pageSize, budgets.maxPageSize)),
    ...(applied === undefined ? {} : { apply: applied.apply }),
    ...(applied === undefined
      ? bindShape(options, compute, { model, type, scopeOf: plainScope, maxSkip: budgets.maxSkip, ownRows: context.ownRows === true })
      : select === undefined
        ? {}
        : { projection: applied.projection(select) }),
    expand:
      expand === undefined ? [] : bindExpand(expand, { ...context, expanded: context.expanded ?? { count: 0 }, outer: outerOf(options, context) }, bindQuery),
    ...(skiptoken === undefined ? {} : { skiptoken }),
    ...textOf(withoutToken, context),
    ...(context.filters === undefined || context.filters.length === 0 ? {} : { within: context.filters.map(printExpression) }),
    ...neededOf(used),
  };
}

function textOf(options: QueryOptions, { aliases, outer }: QueryContext): Pick<Query, "text" | "marked"> {
  const text = printOptions(options, aliases);
  return outer === undefined || !text.includes("$it") ? { text } : { text, marked: printOptions(markOuter(options), markOuter(aliases)) };
}

function neededOf({ dynamic, places, outer }: Used): Pick<Query, "dynamic" | "touches" | "outer"> {
  return { dynamic, ...(places.size === 0 ? {} : { touches: [...places] }), ...(outer === undefined ? {} : { outer }) };
}

function computedIn(items: readonly ComputeItem[]): NonNullable<Outer["computed"]> {
  const names = new Set(items.map(({ name }) => name.toLowerCase()));
  return (name, at, there) => (names.has(name.toLowerCase()) ? bindCompute(items, there).names.find(name, at, there) : undefined);
}

/** What `$it` means in what is expanded here. */
function outerOf({ compute, apply }: QueryOptions, { outer, place, cast }: QueryContext): Outer {
  if (outer !== undefined) return outer;
  return {
    place,
    ...(cast === undefined ? {} : { cast }),
    ...(apply === undefined ? {} : { made: "$apply" }),
    ...(compute === undefined || apply !== undefined ? {} : { computed: computedIn(compute) }),
  };
}

/** `$select` and what `$compute` adds to it; nothing where everything stays as it is stored. */
function bindShape(
  { select }: QueryOptions,
  compute: BoundCompute | undefined,
  { type, ownRows, ...context }: Pick<SelectContext, "model" | "scopeOf" | "maxSkip"> & { readonly type: EntityType; readonly ownRows: boolean },
): Pick<Query, "projection" | "shaping"> {
  if (select === undefined && compute === undefined) return {};
  const level = new SelectLevel({ sources: [], type, steps: [], columns: [] });
  const { projection, shaping } = bindSelect(select, { ...context, level, ...(compute === undefined ? {} : { compute }) });
  const isPlain = shaping.columns.length === 0 && shaping.members.length === 0;
  // What is read beside a changed row would be of another moment.
  if (!isPlain && ownRows)
    throw problem(
      "notImplemented",
      { what: "$select: options in parentheses are not implemented for changes; select the whole collection." },
      { target: "$select" },
    );
  return { projection, ...(isPlain ? {} : { shaping }) };
}

/** Refuses to search rows without searchable text: in the words of Graph, or with 501. */
function searched(type: EntityType, { place, pure }: QueryContext): Searched {
  if (isSearchable(type)) return { type, level: 0, option: "$search" };
  if (pure !== true) throw notSearched(place.name);
  throw problem(
    "notImplemented",
    { what: `The query option $search is not implemented for '${place.name}', which has no searchable text.` },
    { target: "$search" },
  );
}

/** What the expressions of a query turn out to need. */
interface Used {
  readonly dynamic: { name: string; option: string; place?: Place }[];
  readonly places: Set<Place>;
  outer?: Place;
}

function scopesOf(type: EntityType, context: QueryContext): { readonly scopeOf: (option: string) => Scope; readonly used: Used } {
  const { model, place, aliases, outer } = context;
  const used: Used = { dynamic: [], places: new Set() };
  const scopeOf = (option: string): Scope => ({
    model,
    type,
    place,
    variables: [],
    aliases,
    option,
    pure: context.pure === true,
    ...(outer === undefined ? {} : { outer: { ...outer, use: () => void (used.outer = outer.place) } }),
    useDynamic: (name, other) => void used.dynamic.push({ name, option, ...(other === undefined ? {} : { place: other }) }),
    touch(other, at) {
      const what = `${option}: changes do not tell those of other entities; leave '${other.name}' out (position ${at}).`;
      if (context.ownRows === true) throw problem("badRequest", { what }, { target: option });
      used.places.add(other);
    },
  });
  return { scopeOf, used };
}

function allOf(conditions: readonly Typed[]): { readonly filter?: Typed } {
  if (conditions.length === 0) return {};
  return { filter: conditions.reduce((left, right) => ({ kind: "binary", type: "boolean", operator: "and", left, right })) };
}

/** `$top` as the number of rows in all (OData URL Conventions 5.1.7); to Graph it is the size of a page, but for 0 (R60, R63). */
function limitOf(top: number | undefined, { topIsPageSize, maxPageSize }: QueryContext): { readonly top?: number } {
  const isPageSize = topIsPageSize === true && maxPageSize === undefined && top !== 0;
  return top === undefined || isPageSize ? {} : { top };
}

/**
 * The client's order, or the place's default, made total (R67-R69): behind one indexed property by the default order, then
 * by the key, each in the direction in which one index serves all.
 */
function bindOrder(items: readonly OrderbyItem[] | undefined, context: QueryContext, scope: Scope): OrderItem[] {
  const byDefault = context.byKey === true ? [] : defaultOrder(context, scope);
  const order =
    items === undefined
      ? byDefault
      : withDefaultBehind(
          items.map((item) => bindOrderItem(item, scope)),
          byDefault,
        );
  const descending = order.at(-1)?.descending === true;
  const keys = context.place.type.key.map((name) => orderByPath(name, descending, scope));
  return [...order, ...keys.filter((key) => !order.some((item) => samePath(item, key)))];
}

function withDefaultBehind(order: readonly OrderItem[], byDefault: readonly OrderItem[]): readonly OrderItem[] {
  const [only] = order;
  if (only === undefined || order.length > 1 || !isIndexed(only)) return order;
  const own = byDefault.findIndex((item) => samePath(item, only));
  if (own > 0) return order;
  const turned = own === 0 ? only.descending !== byDefault[0]!.descending : only.descending;
  return [only, ...byDefault.slice(own + 1).map((item) => ({ ...item, descending: item.descending !== turned }))];
}

function isIndexed({ expression }: OrderItem): boolean {
  return expression.kind === "path" && expression.path.property?.indexed === true;
}

function samePath(a: OrderItem, b: OrderItem): boolean {
  if (a.expression.kind !== "path" || b.expression.kind !== "path") return false;
  return a.expression.path.steps.join("/") === b.expression.path.steps.join("/");
}

function bindOrderItem(item: OrderbyItem, scope: Scope): OrderItem {
  const { typed, isNullTest } = bindExpression(item.expression, scope);
  if (isNullTest === true) throw bindProblem(scope, item.expression.at, "a complex value or an entity has no order");
  const nullable = typed.kind !== "path" || typed.path.property?.nullable !== false || typed.path.steps.length > 1;
  return { expression: typed, descending: item.descending, nullable };
}

function defaultOrder(context: QueryContext, scope: Scope): OrderItem[] {
  return (context.place.definition.defaultOrder ?? []).map(({ path, descending = false }) => orderByPath(path, descending, scope));
}

function orderByPath(path: string, descending: boolean, scope: Scope): OrderItem {
  const segments = path.split("/").map((name) => ({ kind: "name" as const, name, at: 0 }));
  const expression = bindExpression({ kind: "path", segments, at: 0 }, scope).typed;
  const nullable = expression.kind !== "path" || expression.path.property?.nullable !== false || segments.length > 1;
  return { expression, descending, nullable };
}
