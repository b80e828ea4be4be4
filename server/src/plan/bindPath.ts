import { problem } from "../base/errors.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { NameStep, Path, PathStep } from "../odata/expression.ts";
import { bindFiltered, collectionOf, implicit, isFilter } from "./bindCollection.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";
import type { CollectionPath } from "./typed.ts";
import { later, type BindPredicate, type Walk } from "./walk.ts";

/** Binds a member path (OData URL Conventions 5.1.1.15) to a scalar, a collection's any/all/$count, or a complex value to compare with null. */
export function bindPath(path: Path, scope: Scope, bindPredicate: BindPredicate): Bound {
  const made = madeName(path, scope);
  if (made !== undefined) return made;
  const computed = computedOf(path, scope);
  if (computed !== undefined) return computed;
  const start = startOf(path, scope);
  if (start.kind === "element") return start.bound;
  let walk = start.walk;
  for (const [index, segment] of start.rest.entries()) {
    if (isFilter(segment)) return bindFiltered(walk, start.rest.slice(index), scope, bindPredicate);
    if (segment.kind === "call") throw later(scope, segment.at, `the function '${segment.name}' in a path`);
    if (segment.kind === "aggregate") throw later(scope, segment.at, "aggregate(...) in a path");
    // What follows any, all and $count is refused by the parser.
    if (segment.kind !== "name") return bindFiltered(walk, start.rest.slice(index), scope, bindPredicate);
    walk = follow(walk, segment, scope);
  }
  return finish(walk, path, scope);
}

/** The value that a transformation of `$apply` gave this name to. Throws for what rows do not have any more. */
function madeName({ segments, at }: Path, scope: Scope): Bound | undefined {
  const { made } = scope;
  const first = segments[0]!;
  if (made === undefined || (first.kind === "name" && scope.variables.some(({ name }) => name === first.name || name === implicit))) return undefined;
  const own = first.kind === "name" && first.name === "$it" ? segments.slice(1) : segments;
  const names = own.flatMap((step) => (step.kind === "name" ? [step.name] : []));
  if (names.length === own.length && !names[0]?.startsWith("$")) return made.find(names, at);
  if (made.alone) throw bindProblem(scope, at, `'${names.join("/")}' has been aggregated away`);
  return undefined;
}

/** A name of `$compute`, also behind `$it`. */
function computedOf({ segments }: Path, scope: Scope): Bound | undefined {
  const { computed, variables } = scope;
  if (computed === undefined) return undefined;
  const here = variables.findLastIndex(({ name }) => name === implicit) + 1;
  const [first, second] = segments;
  const isIt = first?.kind === "name" && first.name === "$it";
  const step = isIt ? second : first;
  if (step?.kind !== "name" || segments.length > (isIt ? 2 : 1) || computed.level !== (isIt ? 0 : here)) return undefined;
  if (!isIt && variables.some(({ name }) => name === step.name)) return undefined;
  return computed.find(step.name, step.at, scope);
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
  if (scope.within !== undefined) return { kind: "walk", walk: { ...scope.within, dynamic: false }, rest: path.segments };
  const here = scope.variables.findLastIndex(({ name }) => name === implicit);
  return { kind: "walk", walk: here < 0 ? row : elementWalk(first, scope, here), rest: path.segments };
}

/** Within the `$filter` of a collection, names are those of its elements. */
function elementWalk(first: NameStep, scope: Scope, index: number): Walk {
  const { element } = scope.variables[index]!;
  if (element === "scalar") throw bindProblem(scope, first.at, `'${first.name}': the elements are plain values; write $this`);
  return { level: index + 1, type: element, steps: [], dynamic: false };
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

/** Binds the path of a declared collection, behind `in`; undefined for any other path. */
export function bindCollectionPath(path: Path, scope: Scope): CollectionPath | undefined {
  if (scope.made?.alone === true) return undefined;
  const start = startOf(path, scope);
  if (start.kind === "element" || !start.rest.every((step) => step.kind === "name")) return undefined;
  const walk = start.rest.reduce((so, step) => follow(so, step, scope), start.walk);
  return walk.property?.collection === true ? collectionOf(walk, path, scope) : undefined;
}
