import type { Branch } from "./apply.ts";
import { bindExpression } from "./bindExpression.ts";
import { isDeclared, keyOf, scopeOf, type Binding, type InputSet, type Named, type Shape } from "./inputSet.ts";
import { columnOf, leaf } from "./leafOf.ts";
import { bindProblem } from "./scope.ts";
import type { Typed } from "./typed.ts";

/** The rows of several sets one after the other, each in its order and with its structure (Data Aggregation 4.0, section 3.2.2). */
export function bindConcat(sets: readonly InputSet[], before: InputSet, binding: Binding): InputSet {
  const rows = sets.some(({ entity }) => entity);
  const common = commonNames(sets, before, binding);
  const columns = [...common.values()];
  const place = [binding.next(), binding.next(), binding.next()] as const;
  let firstShape = 0;
  const branches = sets.map((set): Branch => {
    const values = columns.map((column) => valueIn(set, column, binding));
    const branch: Branch = { of: set.stage, values, order: set.order, rows: set.entity, firstShape, ...(set.tell === undefined ? {} : { tell: set.tell }) };
    firstShape += set.shapes.length;
    return branch;
  });
  const shapes = sets.flatMap((set) => set.shapes.map((shape): Shape => ({ ...shape, members: shape.members.map(({ path }) => common.get(keyOf(path))!) })));
  const [number, ordinal, shape] = place.map((id) => columnOf(id, leaf("Edm.Int64")));
  return {
    stage: { kind: "concat", branches, ids: columns.map(({ typed }) => idOf(typed)), rows, place },
    entity: rows,
    names: new Map([...common].filter(([key]) => sets.some((set) => set.names.has(key)))),
    shapes,
    tell: shape!,
    order: [number!, ordinal!].map((expression) => ({ expression, descending: false, nullable: false })),
    within: before.within,
    ...(before.groups === undefined ? {} : { groups: before.groups }),
  };
}

const idOf = (typed: Typed): string => (typed as { readonly id: string }).id;

/** What any of the sets has a name for, and what tells the groups around them, each as a column of the result. */
function commonNames(sets: readonly InputSet[], { within }: InputSet, binding: Binding): Map<string, Named> {
  const common = new Map(within.map((one) => [keyOf(one.path), one]));
  for (const { names } of sets) {
    for (const [key, one] of names) {
      const known = common.get(key);
      if (known === undefined) common.set(key, { ...one, typed: columnOf(binding.next(), one.type) });
      else if (known.typed.type !== one.typed.type) common.set(key, widened(known, one, binding));
    }
  }
  return common;
}

/** One column for values of two types: numbers meet as decimals. */
function widened(known: Named, other: Named, { scope }: Binding): Named {
  const numbers = new Set(["int", "double", "decimal"]);
  const { type: a } = known.typed;
  const { type: b } = other.typed;
  if (!numbers.has(a) || !numbers.has(b))
    throw bindProblem(scope, 0, `'${known.path.join("/")}' is of type ${a} in one sequence of concat and of type ${b} in another`);
  const type = leaf(a === "double" || b === "double" ? "Edm.Double" : "Edm.Decimal");
  return { ...known, type, typed: columnOf(idOf(known.typed), type) };
}

/** What a set has for a column of the result. */
function valueIn(set: InputSet, { path }: Named, binding: Binding): Typed | undefined {
  const key = keyOf(path);
  const own = set.names.get(key) ?? set.within.find((one) => keyOf(one.path) === key);
  if (own !== undefined) return own.typed;
  if (!set.entity || !isDeclared(binding.scope.type, path)) return undefined;
  const segments = path.map((name) => ({ kind: "name" as const, name, at: 0 }));
  return bindExpression({ kind: "path", segments, at: 0 }, scopeOf(set, binding)).typed;
}
