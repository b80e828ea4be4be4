import type { CallStep, LambdaStep, PathStep } from "../odata/expression.ts";
import type { ComplexType } from "../edm/types.ts";
import { bindSearch } from "./bindSearch.ts";
import { isOfComplex } from "./complexCast.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { bindProblem, type Bound, type Scope, type Variable } from "./scope.ts";
import type { CollectionPath, RowsPath, Typed } from "./typed.ts";
import { castsOf, later, type BindPredicate, type Walk } from "./walk.ts";

/** The element that names belong to within the `$filter` of a collection: `$this`, which may also be left out. */
export const implicit = "$this";

/** True for the step `$filter(...)`. */
export function isFilter(step: PathStep): boolean {
  return step.kind === "call" && step.name === "$filter";
}

/**
 * Binds any, all or `$count` of the collection that a path has come to, with the `$filter(...)` steps in front of it (OData
 * URL Conventions 4.12, 5.1.1.13) or the `$filter` and `$search` of `$count(...)`. `steps` begins with the first of them.
 */
export function bindFiltered(walk: Walk, steps: readonly PathStep[], scope: Scope, bindPredicate: BindPredicate): Bound {
  const first = steps[0]!;
  const source = walk.rows ?? collectionOf(walk, first, scope);
  const filters = steps.slice(
    0,
    steps.findIndex((step) => !isFilter(step)),
  );
  const within = inside(source, implicit, scope);
  const end = steps[filters.length];
  const level = scope.variables.length + 1;
  const conditions = [...typeTests(walk, level), ...filters.map((step) => bindPredicate((step as CallStep).parameters[0]!.value, within))];
  if (end?.kind === "any" || end?.kind === "all") return { typed: quantified(end, { source, level, conditions }, scope, bindPredicate) };
  if (end?.kind !== "count") throw later(scope, first.at, "$filter in a path without any, all or $count behind it");
  if (end.filter !== undefined) conditions.push(bindPredicate(end.filter, within));
  if (end.search !== undefined) {
    if (!("place" in source)) throw bindProblem(scope, end.at, "$search looks at entities; a collection of values has none");
    conditions.push(bindSearch(end.search, { type: source.cast ?? source.place.type, level, option: scope.option }));
  }
  return { typed: { kind: "count", type: "int", source, level, ...predicateOf(conditions) } };
}

/** What the types in the path ask: of the complex values on the way, and of each element. */
function typeTests(walk: Walk, level: number): Typed[] {
  const { narrowed, type } = walk;
  const own = narrowed === undefined ? [] : [isOfComplex({ origin: { level }, steps: [], from: narrowed, to: type as ComplexType })];
  return [...(walk.rows === undefined ? castsOf(walk).map(isOfComplex) : []), ...own];
}

interface Filtered {
  readonly source: CollectionPath | RowsPath;
  readonly level: number;
  /** What elements must fulfil to count at all. */
  readonly conditions: readonly Typed[];
}

function quantified(step: LambdaStep, { source, level, conditions }: Filtered, scope: Scope, bindPredicate: BindPredicate): Typed {
  const predicate = step.predicate === undefined ? undefined : bindPredicate(step.predicate, inside(source, step.variable ?? "", scope));
  if (step.kind === "any")
    return { kind: "any", type: "boolean", source, level, ...predicateOf([...conditions, ...(predicate === undefined ? [] : [predicate])]) };
  if (conditions.length === 0) return { kind: "all", type: "boolean", source, level, ...(predicate === undefined ? {} : { predicate }) };
  // All of those that fulfil them: there is none that does and for which the predicate is not true.
  const yes: Typed = { kind: "literal", type: "boolean", value: 1 };
  const fails: Typed = { kind: "binary", type: "boolean", operator: "ne", left: predicate!, right: yes };
  return { kind: "not", type: "boolean", operand: { kind: "any", type: "boolean", source, level, ...predicateOf([...conditions, fails]) } };
}

function predicateOf(conditions: readonly Typed[]): { readonly predicate?: Typed } {
  if (conditions.length === 0) return {};
  return { predicate: conditions.reduce((left, right) => ({ kind: "binary", type: "boolean", operator: "and", left, right })) };
}

/** The collection of values that a path has come to. */
export function collectionOf(walk: Walk, segment: { readonly at: number }, scope: Scope): CollectionPath {
  const { property } = walk;
  if (property === undefined || !property.collection || walk.dynamic) {
    throw bindProblem(scope, segment.at, "any, all and $count need a declared collection before them");
  }
  const scalar = scalarTypeOf(property.type);
  return {
    origin: { level: walk.level },
    steps: walk.steps,
    property,
    element: property.type.kind === "complex" ? (walk.narrowed === undefined ? property.type : (walk.type as ComplexType)) : "scalar",
    elementType: scalar ?? "complex",
    ...(walk.cast === undefined ? {} : { cast: walk.cast }),
  };
}

/** The scope in which a variable stands for the elements of a collection, or for rows. */
export function inside(source: CollectionPath | RowsPath, name: string, scope: Scope): Scope {
  return { ...scope, variables: [...scope.variables, "place" in source ? rowVariable(source, name) : elementVariable(source, name)] };
}

function rowVariable({ place, cast }: RowsPath, name: string): Variable {
  return { name, element: cast ?? place.type, elementType: "complex", place };
}

function elementVariable(source: CollectionPath, name: string): Variable {
  const enumType = source.property.type.kind === "enum" ? { enumType: source.property.type } : {};
  return { name, element: source.element, elementType: source.elementType, ...enumType };
}
