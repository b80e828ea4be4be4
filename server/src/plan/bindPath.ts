import { problem } from "../base/errors.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { CountStep, Expression, LambdaStep, NameStep, Path, PathStep } from "../odata/expression.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { bindProblem, type Bound, type Scope, type Variable } from "./scope.ts";
import type { CollectionPath, Typed } from "./typed.ts";

/** How far a path has come. */
interface Walk {
  readonly level: number;
  readonly type: EntityType | ComplexType;
  readonly steps: readonly string[];
  readonly property?: Property;
  readonly cast?: EntityType;
  readonly dynamic: boolean;
}

/** How a lambda's predicate is bound: the way back into expressions. */
type BindPredicate = (expression: Expression, scope: Scope) => Typed;

/** Binds a member path (OData URL Conventions 5.1.1.15) to a scalar, a collection's any/all/$count, or a complex value to compare with null. */
export function bindPath(path: Path, scope: Scope, bindPredicate: BindPredicate): Bound {
  const start = startOf(path, scope);
  if (start.kind === "element") return start.bound;
  let walk = start.walk;
  for (const segment of start.rest) {
    if (segment.kind === "call") throw later(scope, segment.at, `the function '${segment.name}' in a path`);
    if (segment.kind === "aggregate") throw later(scope, segment.at, "aggregate(...) in a path");
    if (segment.kind === "count") return counted(walk, segment, scope);
    // What follows any, all and $count is refused by the parser.
    if (segment.kind !== "name") return quantified(walk, segment, scope, bindPredicate);
    walk = follow(walk, segment, scope);
  }
  return finish(walk, path, scope);
}

type Start = { readonly kind: "walk"; readonly walk: Walk; readonly rest: readonly PathStep[] } | { readonly kind: "element"; readonly bound: Bound };

function startOf(path: Path, scope: Scope): Start {
  const first = path.segments[0]!;
  const row: Walk = { level: 0, type: scope.type, steps: [], dynamic: false };
  if (first.kind !== "name") return { kind: "walk", walk: row, rest: path.segments };
  const index = scope.variables.findLastIndex((variable) => variable.name === first.name);
  if (index >= 0) return fromVariable(path, scope, index);
  if (first.name === "$it") return { kind: "walk", walk: row, rest: path.segments.slice(1) };
  if (first.name === "$this" || first.name === "$these" || first.name === "$root") throw later(scope, first.at, `'${first.name}'`);
  return { kind: "walk", walk: row, rest: path.segments };
}

function fromVariable(path: Path, scope: Scope, index: number): Start {
  const variable = scope.variables[index]!;
  const rest = path.segments.slice(1);
  const level = index + 1;
  if (variable.element !== "scalar") {
    return { kind: "walk", walk: { level, type: variable.element, steps: [], dynamic: false }, rest };
  }
  if (rest.length > 0) throw bindProblem(scope, rest[0]!.at, `'${variable.name}' is a plain value and has no properties`);
  const typed = { kind: "element", type: variable.elementType as "string", level } as const;
  return { kind: "element", bound: { typed, ...(variable.enumType === undefined ? {} : { enumType: variable.enumType }) } };
}

function later(scope: Scope, at: number, what: string): Error {
  return problem("notImplemented", { what: `${scope.option}: ${what} is not implemented (position ${at}).` }, { target: scope.option });
}

function follow(walk: Walk, segment: NameStep, scope: Scope): Walk {
  if (walk.property?.collection === true) {
    throw bindProblem(scope, segment.at, `'${walk.property.name}' is a collection; use any, all or $count`);
  }
  if (walk.property !== undefined && walk.property.type.kind !== "complex") {
    throw bindProblem(scope, segment.at, `'${walk.property.name}' is a plain value and has no property '${segment.name}'`);
  }
  if (segment.name.includes(".")) return castTo(walk, segment, scope);
  const property = propertyOf(walk.type, segment.name);
  if (property === undefined) return dynamicStep(walk, segment, scope);
  const type = property.type.kind === "complex" ? property.type : walk.type;
  return { ...walk, type, property, steps: [...walk.steps, property.name] };
}

/** Names match exactly, then in any case; derived types' properties are reachable without a cast. */
export function propertyOf(type: EntityType | ComplexType, name: string): Property | undefined {
  const types = type.kind === "entity" ? [type, ...type.derived] : [type];
  const lower = name.toLowerCase();
  for (const one of types) {
    const found = one.allProperties.find((property) => property.name.toLowerCase() === lower);
    if (found !== undefined) return found;
  }
  return undefined;
}

function castTo(walk: Walk, segment: NameStep, scope: Scope): Walk {
  const type = scope.model.findType(segment.name);
  if (walk.type.kind === "entity" && type?.kind === "entity" && (type === walk.type || walk.type.derived.includes(type))) {
    return { ...walk, type, cast: type };
  }
  throw bindProblem(scope, segment.at, `'${segment.name}' is not a type derived from '${walk.type.name}'`);
}

function dynamicStep(walk: Walk, segment: NameStep, scope: Scope): Walk {
  if (walk.dynamic) return { ...walk, steps: [...walk.steps, segment.name] };
  const open = walk.type.open || (walk.type.kind === "entity" && walk.type.derived.some((type) => type.open));
  if (!open || segment.name.startsWith("$")) {
    throw problem("unknownProperty", { property: segment.name, type: walk.type.name }, { target: scope.option });
  }
  scope.useDynamic(walk.level === 0 && walk.steps.length === 0 ? segment.name : `${walk.type.name}/${segment.name}`);
  return { ...walk, dynamic: true, steps: [...walk.steps, segment.name] };
}

function finish(walk: Walk, path: Path, scope: Scope): Bound {
  const origin = { level: walk.level };
  const cast = walk.cast === undefined ? {} : { cast: walk.cast };
  if (walk.dynamic) {
    const scalar = { origin, steps: walk.steps, dynamic: true, type: "untyped" as const, ...cast };
    return { typed: { kind: "path", type: "untyped", path: scalar } };
  }
  const { property } = walk;
  if (property === undefined) throw bindProblem(scope, path.at, "expected a property");
  if (property.collection) throw bindProblem(scope, path.at, `'${property.name}' is a collection; use any, all or $count`);
  const type = scalarTypeOf(property.type);
  if (type === undefined) return { typed: { kind: "complexIsNull", type: "boolean", path: { origin, steps: walk.steps } } };
  const scalar = { origin, steps: walk.steps, property, dynamic: false, type, ...cast };
  const enumType = property.type.kind === "enum" ? { enumType: property.type } : {};
  return { typed: { kind: "path", type, path: scalar }, ...enumType };
}

function counted(walk: Walk, segment: CountStep, scope: Scope): Bound {
  if (segment.search !== undefined || segment.filter !== undefined) throw later(scope, segment.at, "$count with options in a path");
  const source = collectionOf(walk, segment, scope);
  return { typed: { kind: "count", type: "int", source, level: scope.variables.length + 1 } };
}

function quantified(walk: Walk, segment: LambdaStep, scope: Scope, bindPredicate: BindPredicate): Bound {
  const source = collectionOf(walk, segment, scope);
  const level = scope.variables.length + 1;
  if (segment.predicate === undefined) return { typed: { kind: segment.kind, type: "boolean", source, level } };
  const predicate = bindPredicate(segment.predicate, inside(source, segment.variable ?? "", scope));
  return { typed: { kind: segment.kind, type: "boolean", source, level, predicate } };
}

function collectionOf(walk: Walk, segment: PathStep, scope: Scope): CollectionPath {
  const { property } = walk;
  if (property === undefined || !property.collection || walk.dynamic) {
    throw bindProblem(scope, segment.at, "any, all and $count need a declared collection before them");
  }
  const scalar = scalarTypeOf(property.type);
  return {
    origin: { level: walk.level },
    steps: walk.steps,
    property,
    element: property.type.kind === "complex" ? property.type : "scalar",
    elementType: scalar ?? "complex",
    ...(walk.cast === undefined ? {} : { cast: walk.cast }),
  };
}

function inside(source: CollectionPath, name: string, scope: Scope): Scope {
  const enumType = source.property.type.kind === "enum" ? { enumType: source.property.type } : {};
  const variable: Variable = { name, element: source.element, elementType: source.elementType, ...enumType };
  return { ...scope, variables: [...scope.variables, variable] };
}
