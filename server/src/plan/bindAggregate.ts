import type { AggregateItem } from "../odata/apply.ts";
import type { Aggregation, Expression, PathStep } from "../odata/expression.ts";
import type { AggregateColumn, Leaf, Method, Stage } from "./apply.ts";
import { bindExpression } from "./bindExpression.ts";
import { collectionIn, joined, type Found } from "./bindJoin.ts";
import { familyOf } from "./functions.ts";
import { ascending, keyOf, namesOf, notServed, requireDistinct, requireFree, scopeOf, type Binding, type InputSet, type Named } from "./inputSet.ts";
import { columnOf, leaf, leafOf } from "./leafOf.ts";
import { keyed } from "./keyed.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";

/** A value of each group: of the rows themselves, or of a stage of its own that has the same groups. */
interface Part {
  readonly column: AggregateColumn;
  readonly named: Named;
  readonly stage?: Stage;
}

/** `aggregate` (Data Aggregation 4.0, section 3.2.1): one row, or one for each group of the groupby around it. */
export function bindAggregate(items: readonly AggregateItem[], at: number, set: InputSet, binding: Binding): InputSet {
  requireDistinct(
    items.flatMap(({ alias }) => (alias === undefined ? [] : [alias])),
    at,
    binding,
  );
  return grouped(
    set,
    set.within,
    items.map((item) => bindItem(item, set, binding)),
    binding,
  );
}

/** The groups of a set's rows by columns, with what is aggregated. */
export function grouped(set: InputSet, keys: readonly Named[], parts: readonly Part[], binding: Binding): InputSet {
  const members = [...keys.filter(({ hidden }) => hidden === undefined), ...parts.map(({ named }) => named)];
  const { tell: _, ...rest } = set;
  return {
    ...rest,
    stage: stageOf(set, keys, parts, binding),
    entity: false,
    names: namesOf(members),
    shapes: [{ entity: false, members }],
    order: keys.map(ascending),
  };
}

const idOf = ({ typed }: Named): string => (typed as { readonly id: string }).id;

const groupBy = (of: Stage, keys: readonly Named[], aggregates: readonly AggregateColumn[]): Stage => ({
  kind: "group",
  of,
  keys: keys.map((key) => ({ id: idOf(key), value: key.typed })),
  aggregates,
});

/** What comes of several stages with the same groups is put together: each gives one row of a group, with its own values. */
function stageOf(set: InputSet, keys: readonly Named[], parts: readonly Part[], binding: Binding): Stage {
  const own = parts.filter(({ stage }) => stage === undefined).map(({ column }) => column);
  const others = parts.filter(({ stage }) => stage !== undefined);
  // A group that a filter has emptied is still a group.
  const emptied = keys.length > 0 && set.groups !== undefined && set.groups !== set.stage && own.length + others.length > 0;
  if (others.length === 0 && !emptied) return groupBy(set.stage, keys, own);
  const stages = [
    ...(emptied ? [groupBy(set.groups, keys, [])] : []),
    ...(own.length > 0 || (!emptied && keys.length > 0) ? [groupBy(set.stage, keys, own)] : []),
    ...others.map(({ stage }) => stage!),
  ];
  const all = [...keys, ...parts.map(({ named }) => named)];
  const has = (stage: Stage, one: Named): boolean => stage.kind === "group" && [...stage.keys, ...stage.aggregates].some(({ id }) => id === idOf(one));
  const branches = stages.map((of) => ({
    of,
    values: all.map((one) => (has(of, one) ? one.typed : undefined)),
    order: [],
    rows: false,
    firstShape: 0,
  }));
  const place = [binding.next(), binding.next(), binding.next()] as const;
  const together: Stage = { kind: "concat", branches, ids: all.map(idOf), rows: false, place };
  const counts = new Set<Method>(["count", "countdistinct"]);
  const once = parts.map(({ column, named }): AggregateColumn => ({ id: column.id, method: "only", value: named.typed, orZero: counts.has(column.method) }));
  return groupBy(together, keys, once);
}

function bindItem({ of, alias }: AggregateItem, set: InputSet, binding: Binding): Part {
  const { at, value, method, from } = of;
  const { scope } = binding;
  if (method === undefined && !isCount(value)) throw customAggregate(value, scope);
  const foreign = [method, ...from.map((step) => step.method)].find((one) => one?.includes(".") === true);
  if (foreign !== undefined) throw notServed(`the aggregation method '${foreign}'`, at);
  requireFree(alias!, at, set, binding);
  const source = sourceOf(value, set, binding);
  if (from.length > 0) return bindFrom(of, alias!, set, binding);
  const { column, type } = bindColumn(of, source, binding);
  const named: Named = { path: [alias!], typed: columnOf(column.id, type), type, dynamic: true };
  return source.set === set ? { column, named } : { column, named, stage: groupBy(source.set.stage, set.within, [column]) };
}

function isCount(value: Expression): boolean {
  return value.kind === "path" && value.segments.at(-1)?.kind === "count";
}

function customAggregate(value: Expression, scope: Scope): Error {
  const name = value.kind === "path" ? value.segments.map((step) => ("name" in step ? step.name : "")).join("/") : "";
  return bindProblem(scope, value.at, `there is no custom aggregate '${name}': say how to aggregate it, as in '${name} with sum as total'`);
}

/** The rows that a value is taken of, those of a collection that its path leads through, and the value there; undefined for `$count`. */
interface Source {
  readonly set: InputSet;
  readonly value?: Bound;
}

function sourceOf(value: Expression, set: InputSet, binding: Binding): Source {
  const segments = value.kind === "path" ? value.segments : [];
  const counts = isCount(value);
  const path = counts ? segments.slice(0, -1) : segments;
  const count = segments.at(-1);
  if (counts && count?.kind === "count" && (count.filter !== undefined || count.search !== undefined)) throw notServed("$count with options", value.at);
  const found = value.kind === "path" ? collectionIn(path, set, binding) : undefined;
  if (found !== undefined) return elementsOf(found, { path, counts, at: value.at }, set, binding);
  if (!counts) return { set, value: bindExpression(value, scopeOf(set, binding)) };
  if (path.length > 0) throw bindProblem(binding.scope, value.at, "'$count' needs a collection of the rows in front of it, or nothing");
  return { set };
}

interface Asked {
  readonly path: readonly PathStep[];
  readonly counts: boolean;
  readonly at: number;
}

function elementsOf({ from, rest }: Found, { path, counts, at }: Asked, set: InputSet, binding: Binding): Source {
  if (counts && rest.length > 0) throw bindProblem(binding.scope, at, "'$count' needs a collection in front of it");
  if (counts) return { set: joined(set, { from, columns: [], outer: false }, { members: [] }, binding) };
  const names = path.map((step) => ("name" in step ? step.name : "")).join("/");
  const isComplex = rest.length === 0 && !("steps" in from && from.element === "scalar");
  if (isComplex) throw notServed(`aggregating '${names}' as a whole`, at);
  const bound = boundElement(from, rest, at, binding);
  const type = bound.typed.kind === "element" && "steps" in from && from.property.type.kind !== "complex" ? from.property.type : leafOf(bound);
  if (bound.isNullTest === true || type === undefined) throw bindProblem(binding.scope, at, `'${names}' does not lead to a single value`);
  const id = binding.next();
  const elements = joined(set, { from, columns: [{ id, value: bound.typed }], outer: false }, { members: [] }, binding);
  return { set: elements, value: { ...bound, typed: columnOf(id, type) } };
}

/** A value of an element: of a complex one or a plain one of the row's body, or of a row that it contains. */
function boundElement(from: Found["from"], rest: readonly PathStep[], at: number, { scope }: Binding): Bound {
  if (!("steps" in from)) return bindExpression({ kind: "path", segments: rest, at }, { ...scope, type: from.type });
  const { element, elementType, property } = from;
  const enumType = property.type.kind === "enum" ? { enumType: property.type } : {};
  const variable = { name: "$element", element, elementType, ...enumType };
  const segments = [{ kind: "name" as const, name: "$element", at }, ...rest];
  return bindExpression({ kind: "path", segments, at }, { ...scope, variables: [variable] });
}

function bindColumn({ method, at }: Aggregation, { value }: Source, binding: Binding): { readonly column: AggregateColumn; readonly type: Leaf } {
  const id = binding.next();
  if (method === undefined || value === undefined) return { column: { id, method: "count" }, type: leaf("Edm.Decimal") };
  const type = resultOf(method as Method, value, at, binding.scope);
  return { column: { id, method: method as Method, value: value.typed }, type };
}

const whole = new Set(["Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32"]);

/** The type that a method gives (section 3.2.1.3). Throws for values that it cannot be applied to. */
function resultOf(method: Method, bound: Bound, at: number, scope: Scope): Leaf {
  const { typed } = bound;
  if (bound.isNullTest === true)
    throw bindProblem(scope, at, `'${method}' expects single values, got ${typed.kind === "complexIsNull" ? "complex ones" : "entities"}`);
  const type = leafOf(bound);
  if (method === "countdistinct" && type !== undefined) return leaf("Edm.Decimal");
  if (method === "sum" || method === "average") {
    const family = familyOf(typed.type);
    if ((family !== "number" && family !== "any") || typed.type === "enum")
      throw bindProblem(scope, at, `'${method}' expects numbers, got values of type ${typed.type}`);
    if (type === undefined || typed.type === "double" || typed.type === "null") return leaf("Edm.Double");
    if (typed.type === "decimal") return leaf("Edm.Decimal");
    return leaf(method === "average" ? "Edm.Double" : whole.has(type.name) ? "Edm.Int64" : "Edm.Decimal");
  }
  if (type === undefined) throw notServed(`'${method}' of values that no type declares`, at);
  return type;
}

/** `a with sum from k with average` (section 3.2.1.5): aggregated in the finest groups first, then in coarser ones. */
function bindFrom({ value, method, from, at }: Aggregation, alias: string, set: InputSet, binding: Binding): Part {
  const paths = from.toReversed().map(({ keys }) => keys.map((path) => ({ path, at })));
  const fine = keyed(paths.flat(), set, binding);
  const source = sourceOf(value, fine, binding);
  const first = bindColumn({ at, value, from: [], ...(method === undefined ? {} : { method }) }, source, binding);
  let stage = groupBy(source.set.stage, fine.within, [first.column]);
  let { column, type } = first;
  for (const [index, step] of from.entries()) {
    const left = new Set(paths.slice(0, from.length - index - 1).flatMap((keys) => keys.map(({ path }) => keyOf(path))));
    const coarse = fine.within.filter((one) => set.within.some(({ path }) => keyOf(path) === keyOf(one.path)) || left.has(keyOf(one.path)));
    const bound: Bound = { typed: columnOf(column.id, type), ...(type.kind === "enum" ? { enumType: type } : {}) };
    const next = bindColumn({ at, value, from: [], method: step.method! }, { set, value: bound }, binding);
    stage = groupBy(stage, coarse, [next.column]);
    ({ column, type } = next);
  }
  return { column, named: { path: [alias], typed: columnOf(column.id, type), type, dynamic: true }, stage };
}
