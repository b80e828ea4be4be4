import type { Call, Expression } from "../odata/expression.ts";
import { literalFor } from "./bindLiteral.ts";
import { bindCollectionPath } from "./bindPath.ts";
import { familyOf } from "./functions.ts";
import { literalsOf } from "./literalsOf.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";
import type { CollectionPath, ItemList, ScalarType, Typed } from "./typed.ts";
import { later } from "./walk.ts";

/** One side as it is written: the collection that it names, or the literals in it. */
type Side = { readonly source: CollectionPath } | { readonly literals: ReturnType<typeof literalsOf> & object; readonly at: number };

/** What an expression stands for: an alias for its value. */
export type Resolve = (expression: Expression, scope: Scope) => Expression;

/**
 * `hassubset(a,b)` and `hassubsequence(a,b)` (OData 4.01 URL Conventions 5.1.1.6): whether what is left of `a`, when some of its items are
 * taken away, is `b`: in any order, or in this one. Collections of values and collection literals, each on either side.
 */
export function bindSets(expression: Call, scope: Scope, resolve: Resolve): Typed {
  const [whole, part] = listsOf(expression.arguments.map((argument) => resolve(argument, scope)) as [Expression, Expression], expression, scope);
  return expression.name === "hassubset" ? subset([whole, part], scope.variables.length + 1) : subsequence(whole, part, scope);
}

/** Both sides of a function or comparison of collections, the literals of each read as the other says. */
export function listsOf(sides: readonly [Expression, Expression], expression: { readonly at: number }, scope: Scope): readonly [ItemList, ItemList] {
  const [whole, part] = [sideOf(sides[0], scope), sideOf(sides[1], scope)];
  const known = boundOf(whole) ?? boundOf(part);
  const lists = [listOf(whole, known, scope), listOf(part, known, scope)] as const;
  requireSameFamily(lists, expression, scope);
  return lists;
}

/** Whether the part is what is left of the whole when items are taken away. */
export function subsequence(whole: ItemList, part: ItemList, scope: Scope): Typed {
  if (!("items" in whole) || !("items" in part)) return { kind: "subsequence", type: "boolean", whole, part, level: scope.variables.length + 1 };
  let found = 0;
  for (const item of whole.items) if (found < part.items.length && same(item, part.items[found]!)) found += 1;
  return yes(found === part.items.length);
}

function sideOf(written: Expression, scope: Scope): Side {
  if (written.kind === "json") {
    const literals = literalsOf(written);
    if (literals === undefined) throw later(scope, written.at, "a collection of other than literals");
    return { literals, at: written.at };
  }
  const source = written.kind === "path" ? bindCollectionPath(written, scope) : undefined;
  if (source === undefined || source.element !== "scalar") throw bindProblem(scope, written.at, "expected a collection of values, such as tags or ['a','b']");
  return { source };
}

/** What the elements of a collection are, for the literals beside them. */
function boundOf(side: Side): Bound | undefined {
  if (!("source" in side)) return undefined;
  const { source } = side;
  const { type } = source.property;
  return { typed: { kind: "element", type: source.elementType as ScalarType, level: 1 }, ...(type.kind === "enum" ? { enumType: type } : {}) };
}

function listOf(side: Side, known: Bound | undefined, scope: Scope): ItemList {
  if ("source" in side) return { source: side.source };
  const other: Bound = known ?? { typed: { kind: "literal", type: "null", value: null } };
  return { items: side.literals.map((literal) => literalFor(literal, other, scope)) };
}

const typesOf = (list: ItemList): readonly ScalarType[] => ("items" in list ? list.items.map(({ type }) => type) : [list.source.elementType as ScalarType]);

function requireSameFamily(lists: readonly ItemList[], { at }: { readonly at: number }, scope: Scope): void {
  const types = lists.flatMap(typesOf).filter((type) => type !== "null");
  const families = new Set(types.map(familyOf));
  if (families.size > 1) throw bindProblem(scope, at, `values of the types ${[...new Set(types)].join(" and ")} cannot be compared`);
}

const yes = (value: boolean): Typed => ({ kind: "literal", type: "boolean", value: value ? 1 : 0 });
const both = (conditions: readonly Typed[]): Typed =>
  conditions.length === 0 ? yes(true) : conditions.reduce((left, right) => ({ kind: "binary", type: "boolean", operator: "and", left, right }));

/** For each item of the part the whole has as many of it. */
function subset([whole, part]: readonly [ItemList, ItemList], level: number): Typed {
  if ("items" in part) return both(distinct(part.items).map(({ item, times }) => atLeast(whole, { item, times }, level)));
  const element: Typed = { kind: "element", type: part.source.elementType as ScalarType, level };
  const inPart = timesOf(part, element, level + 1);
  const inWhole = "items" in whole ? timesAmong(whole.items, element) : timesOf(whole, element, level + 1);
  const predicate: Typed = { kind: "binary", type: "boolean", operator: "le", left: inPart, right: inWhole };
  return { kind: "all", type: "boolean", source: part.source, level, predicate };
}

interface Times {
  readonly item: Typed;
  readonly times: number;
}

function distinct(items: readonly Typed[]): Times[] {
  const groups = Map.groupBy(items, (item) => (item.kind === "literal" ? item.value : undefined));
  return [...groups.values()].map((group) => ({ item: group[0]!, times: group.length }));
}

const int = (value: number): Typed => ({ kind: "literal", type: "int", value });
const equal = (left: Typed, right: Typed): Typed => ({ kind: "binary", type: "boolean", operator: "eq", left, right });

function atLeast(whole: ItemList, { item, times }: Times, level: number): Typed {
  if ("items" in whole) return yes(distinct(whole.items).some((one) => same(one.item, item) && one.times >= times));
  const { source } = whole;
  const predicate = equal({ kind: "element", type: source.elementType as ScalarType, level }, item);
  if (times === 1) return { kind: "any", type: "boolean", source, level, predicate };
  return { kind: "binary", type: "boolean", operator: "ge", left: { kind: "count", type: "int", source, level, predicate }, right: int(times) };
}

function same(a: Typed, b: Typed): boolean {
  return (
    a.kind === "literal" && b.kind === "literal" && (a.value === b.value || String(a.value) === String(b.value)) && (a.value === null) === (b.value === null)
  );
}

/** How often a collection has the value. */
function timesOf({ source }: Extract<ItemList, { source: unknown }>, value: Typed, level: number): Typed {
  return { kind: "count", type: "int", source, level, predicate: equal({ kind: "element", type: source.elementType as ScalarType, level }, value) };
}

function timesAmong(items: readonly Typed[], value: Typed): Typed {
  const branches = distinct(items).map(({ item, times }) => ({ when: equal(value, item), gives: int(times) }));
  return { kind: "case", type: "int", branches: [...branches, { when: yes(true), gives: int(0) }] };
}
