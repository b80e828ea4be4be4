import type { EntityType } from "../edm/types.ts";
import type { Expression, NameStep, Path } from "../odata/expression.ts";
import { implicit, inside } from "./bindCollection.ts";
import type { Bound, Scope } from "./scope.ts";
import type { RowsPath, Typed } from "./typed.ts";
import { later } from "./walk.ts";

/**
 * The row that `$it` means within `$expand`: the one that the path of the request leads to, however deep the expansion lies (OData 4.01 URL Conventions
 * 5.1.1.14.1). Throws 501 for names that transformations made, and where the row is one of `$crossjoin`.
 */
export function outerRows({ segments }: Path, scope: Scope): RowsPath | undefined {
  const { outer } = scope;
  const [first, second] = segments as readonly [NameStep, NameStep | undefined];
  if (outer === undefined) return undefined;
  const { place, cast, made } = outer;
  const isStored = made === undefined || (made === "$apply" && second?.kind === "name" && isDeclared(second.name, cast ?? place.type));
  if (!isStored || place.definition.virtual === true) throw later(scope, first.at, `'$it', which here is of ${made ?? `'${place.name}'`},`);
  outer.use();
  return { origin: { level: 0 }, place, outer: true, ...(cast === undefined ? {} : { cast }) };
}

/** A name that the `$compute` of the request gave to a value of that row: bound anew, as names are within the row. */
export function outerComputed(path: Path, scope: Scope): Bound | undefined {
  const { outer, made: _, computed: __, within: ___, ...bare } = scope;
  const [first, step, ...others] = path.segments;
  if (outer?.computed === undefined || first?.kind !== "name" || first.name !== "$it" || step?.kind !== "name" || others.length > 0) return undefined;
  const rows: RowsPath = { origin: { level: 0 }, place: outer.place, outer: true, ...(outer.cast === undefined ? {} : { cast: outer.cast }) };
  const bound = outer.computed(step.name, step.at, inside(rows, implicit, { ...bare, outer }));
  if (bound === undefined) return undefined;
  outer.use();
  return { ...bound, typed: { kind: "related", type: bound.typed.type, source: rows, level: scope.variables.length + 1, value: bound.typed } };
}

/**
 * What compares a collection of that row, bound beside the row: as if `$it` were the variable of a lambda around it. Undefined where none of the operands is
 * such a collection, as `isCollection` says of a path.
 */
export function besideOuter(operands: readonly Expression[], scope: Scope, { isCollection, bind }: Beside): Typed | undefined {
  const { outer, variables } = scope;
  if (outer === undefined || variables.some(({ name }) => name === "$it")) return undefined;
  const there: Scope = {
    ...scope,
    variables: [...variables, { name: "$it", element: outer.cast ?? outer.place.type, elementType: "complex", place: outer.place }],
  };
  const path = operands.find((one) => one.kind === "path" && one.segments[0]?.kind === "name" && one.segments[0].name === "$it" && isCollection(one, there));
  if (path?.kind !== "path") return undefined;
  const source = outerRows(path, scope)!;
  return { kind: "related", type: "boolean", source, level: there.variables.length, value: bind(there) };
}

interface Beside {
  readonly isCollection: (path: Path, scope: Scope) => boolean;
  readonly bind: (scope: Scope) => Typed;
}

function isDeclared(name: string, type: EntityType): boolean {
  return [type, ...type.derived].some(({ allProperties }) => allProperties.some((property) => property.name.toLowerCase() === name.toLowerCase()));
}
