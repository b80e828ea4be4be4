import { problem } from "../base/errors.ts";
import type { Sequence, Transformation } from "../odata/apply.ts";
import type { OrderbyItem } from "../odata/options.ts";
import type { ComputeItem } from "../odata/options.ts";
import { bindAggregate } from "./bindAggregate.ts";
import { bindConcat } from "./bindConcat.ts";
import { bindExpression, bindPredicate } from "./bindExpression.ts";
import { bindGroupby } from "./bindGroupby.ts";
import { bindJoin } from "./bindJoin.ts";
import { bindRanking } from "./bindRanking.ts";
import { bindSearch } from "./bindSearch.ts";
import { filtered, keyOf, notServed, requireDistinct, requireFree, scopeOf, type Binding, type InputSet, type Named, type Shape } from "./inputSet.ts";
import { columnOf, leafOf } from "./leafOf.ts";
import type { OrderItem } from "./plan.ts";
import { bindProblem, kindOfWhole } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** How a sequence within a transformation is bound: the way back. */
export type BindSequence = (sequence: Sequence, set: InputSet, binding: Binding) => InputSet;

/** Binds transformations one after the other (Data Aggregation 4.0, section 3). Throws `badRequest` and `notImplemented`, each with the position. */
export function bindSequence(sequence: Sequence, set: InputSet, binding: Binding): InputSet {
  return sequence.reduce((so, transformation) => bindTransformation(transformation, so, binding), set);
}

function bindTransformation(transformation: Transformation, set: InputSet, binding: Binding): InputSet {
  const { at } = transformation;
  binding.spend(at);
  switch (transformation.kind) {
    case "identity":
      return set;
    case "filter":
      return filtered(set, bindPredicate(transformation.predicate, scopeOf(set, binding)));
    case "search":
      if (!set.entity) throw bindProblem(binding.scope, at, "'search' needs entities, and there are none left");
      return filtered(set, bindSearch(transformation.search, { type: binding.scope.type, level: 0, option: "$apply" }));
    case "compute":
      return bindCompute(transformation.items, at, set, binding);
    case "orderby":
      return { ...set, order: bindOrder(transformation.items, set, binding) };
    case "top":
      return sliced(set, { skip: 0, top: transformation.count }, binding);
    case "skip":
      return sliced(set, { skip: transformation.count }, binding);
    case "aggregate":
      return bindAggregate(transformation.items, at, set, binding);
    case "groupby":
      return bindGroupby(transformation, set, binding, bindSequence);
    case "concat":
      return bindConcat(
        transformation.sequences.map((one) => bindSequence(one, set, binding)),
        set,
        binding,
      );
    case "join":
    case "outerjoin":
      return bindJoin(transformation, set, binding);
    case "topcount":
    case "topsum":
    case "toppercent":
    case "bottomcount":
    case "bottomsum":
    case "bottompercent":
      return bindRanking(transformation, set, binding);
    case "call":
      throw notServed(`the function '${transformation.name}' as a transformation`, at);
    default:
      throw notServed(`the transformation '${transformation.kind}'`, at);
  }
}

/** `compute`: each row with further values. */
export function bindCompute(items: readonly ComputeItem[], at: number, set: InputSet, binding: Binding): InputSet {
  const scope = scopeOf(set, binding);
  requireDistinct(
    items.map(({ name }) => name),
    at,
    binding,
  );
  const values: Typed[] = [];
  const members = items.map(({ expression, name }): Named => {
    requireFree(name, expression.at, set, binding);
    const bound = bindExpression(expression, scope);
    const type = leafOf(bound);
    if (bound.isNullTest === true) throw bindProblem(scope, expression.at, `expected a value, got ${kindOfWhole(bound.typed)}`);
    if (type === undefined) throw notServed("a value whose type is not declared", expression.at);
    values.push(bound.typed);
    return { path: [name], typed: columnOf(binding.next(), type), type, dynamic: true };
  });
  const columns = members.map(({ typed }, index) => ({ id: (typed as { readonly id: string }).id, value: values[index]! }));
  return withColumns({ ...set, stage: { kind: "compute", of: set.stage, columns } }, members, set);
}

/** A set whose rows got further members, none of them fewer. */
function withColumns(set: InputSet, members: readonly Named[], before: InputSet): InputSet {
  const names = new Map([...set.names, ...members.map((one) => [keyOf(one.path), one] as const)]);
  const shapes = set.shapes.map((shape): Shape => ({ ...shape, members: [...shape.members, ...members] }));
  const groups = before.groups === before.stage ? set.stage : before.groups;
  return { ...set, names, shapes, ...(groups === undefined ? {} : { groups }) };
}

/** An order with that of the set behind it. */
export function bindOrder(items: readonly OrderbyItem[], set: InputSet, binding: Binding): OrderItem[] {
  const scope = scopeOf(set, binding);
  const order = items.map(({ expression, descending }): OrderItem => {
    const { typed } = bindExpression(expression, scope);
    if (typed.kind === "complexIsNull") throw bindProblem(scope, expression.at, "a complex value has no order");
    return { expression: typed, descending, nullable: true };
  });
  const long = order.filter(({ expression }) => expression.kind !== "literal");
  return [...long, ...set.order];
}

/** Rows by their place in the order, within each group of the groupby around it. */
function sliced(set: InputSet, { skip, top }: { readonly skip: number; readonly top?: number }, binding: Binding): InputSet {
  const within = set.within.map(({ typed }) => typed);
  return { ...set, stage: { kind: "slice", of: set.stage, within, order: set.order, skip, id: binding.next(), ...(top === undefined ? {} : { top }) } };
}

/** Most transformations that one `$apply` may have, what `rollup` and `concat` repeat included. */
const mostStages = 100;

/** Counts transformations. */
export function createSpending(): (at: number) => void {
  let count = 0;
  return (at) => {
    count += 1;
    if (count <= mostStages) return;
    const what = `$apply: there are more than ${mostStages} transformations, with what rollup and concat repeat (position ${at}); ask for fewer at a time.`;
    throw problem("badRequest", { what }, { target: "$apply" });
  };
}
