import { problem } from "../base/errors.ts";
import type { ComplexType, EntityType, Property } from "../edm/types.ts";
import type { NameStep, Path, PathStep } from "../odata/expression.ts";
import { behindCasts, isOfComplex, type ComplexCast } from "./complexCast.ts";
import { bindFiltered, collectionOf, implicit, inside, isFilter } from "./bindCollection.ts";
import { outerComputed, outerRows } from "./bindOuter.ts";
import { among, fromRoot, navigate, otherPlace } from "./bindNavigation.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";
import type { CollectionPath, RowsPath, Typed } from "./typed.ts";
import { castsOf, later, type BindPredicate, type Walk } from "./walk.ts";

/** Binds a member path (OData URL Conventions 5.1.1.15) to a scalar, a collection's any/all/$count, or to whether a complex value or a related entity is null. */
export function bindPath(path: Path, scope: Scope, bindPredicate: BindPredicate): Bound {
  const made = madeName(path, scope);
  if (made !== undefined) return made;
  const computed = outerComputed(path, scope) ?? computedOf(path, scope);
  if (computed !== undefined) return computed;
  const start = startOf(path, scope);
  if (start.kind === "element") return start.bound;
  const { at } = path;
  if (start.kind === "rows") return start.many ? bindMany(start, { at, scope, bindPredicate }) : bindRelated(start, { at, scope, bindPredicate });
  return bindSteps(start.walk, start.rest, { at, scope, bindPredicate });
}

interface Binding {
  /** Where the path begins. */
  readonly at: number;
  readonly scope: Scope;
  readonly bindPredicate: BindPredicate;
}

function bindSteps(from: Walk, rest: readonly PathStep[], binding: Binding): Bound {
  const { at, scope, bindPredicate } = binding;
  let walk = from;
  for (const [index, segment] of rest.entries()) {
    if (isFilter(segment)) return bindFiltered(walk, rest.slice(index), scope, bindPredicate);
    if (segment.kind === "call") throw later(scope, segment.at, `the function '${segment.name}' in a path`);
    if (segment.kind === "aggregate") throw later(scope, segment.at, "aggregate(...) in a path");
    // What follows any, all and $count is refused by the parser.
    if (segment.kind !== "name") return bindFiltered(walk, rest.slice(index), scope, bindPredicate);
    const led = walk.rows === undefined && propertyOf(walk.type, segment.name) === undefined ? navigate(walk, segment, scope) : undefined;
    if (led?.many === false) return bindRelated({ rows: led.rows, rest: rest.slice(index + 1) }, binding);
    walk = led === undefined ? follow(walk, segment, scope) : { ...among(led.rows, walk.level), rows: led.rows };
  }
  return finish(walk, at, scope);
}

/** The value that a transformation of `$apply` gave this name to. Throws for what rows do not have any more. */
function madeName({ segments, at }: Path, scope: Scope): Bound | undefined {
  const { made, outer } = scope;
  const first = segments[0]!;
  if (outer !== undefined && first.kind === "name" && first.name === "$it") return undefined;
  if (made === undefined || (first.kind === "name" && scope.variables.some(({ name }) => name === first.name || name === implicit))) return undefined;
  const own = first.kind === "name" && first.name === "$it" ? segments.slice(1) : segments;
  const names = own.flatMap((step) => (step.kind === "name" ? [step.name] : []));
  if (names.length === own.length && !names[0]?.startsWith("$")) return made.find(names, at);
  if (made.alone) throw bindProblem(scope, at, `'${names.join("/")}' has been aggregated away`);
  return undefined;
}

/** A name of `$compute`, also behind `$it`, or behind `$this` within `$expand`. */
function computedOf({ segments }: Path, scope: Scope): Bound | undefined {
  const { computed, variables } = scope;
  if (computed === undefined) return undefined;
  const here = variables.findLastIndex(({ name }) => name === implicit) + 1;
  const [first, second] = segments;
  const isIt = first?.kind === "name" && first.name === (scope.outer === undefined ? "$it" : "$this") && !variables.some(({ name }) => name === first.name);
  const step = isIt ? second : first;
  if (step?.kind !== "name" || segments.length > (isIt ? 2 : 1) || computed.level !== (isIt ? 0 : here)) return undefined;
  if (!isIt && variables.some(({ name }) => name === step.name)) return undefined;
  return computed.find(step.name, step.at, scope);
}

interface Led {
  readonly rows: RowsPath;
  readonly rest: readonly PathStep[];
}

/** Behind a collection of rows: any, all, `$count`, a type. */
function bindMany({ rows, rest }: Led, binding: Binding): Bound {
  return bindSteps({ ...among(rows, 0), rows }, rest, binding);
}

/** Behind a single entity: a value of it, or nothing, where the question is whether there is one. */
function bindRelated({ rows, rest }: Led, { at, scope, bindPredicate }: Binding): Bound {
  const level = scope.variables.length + 1;
  const [first] = rest;
  if (first?.kind === "name" && first.name.includes(".")) {
    const { cast } = castTo(among(rows, level), first, scope);
    return bindRelated({ rows: { ...rows, ...(cast === undefined ? {} : { cast }) }, rest: rest.slice(1) }, { at, scope, bindPredicate });
  }
  if (rest.length === 0) {
    const isThere: Typed = { kind: "any", type: "boolean", source: rows, level };
    return { typed: { kind: "not", type: "boolean", operand: isThere }, isNullTest: true };
  }
  // The row has a level of its own, under a name that no text has.
  const bound = bindSteps(among(rows, level), rest, { at, scope: inside(rows, "", scope), bindPredicate });
  const value: Typed = { kind: "related", type: bound.typed.type, source: rows, level, value: bound.typed };
  if (bound.isNullTest !== true) return { ...bound, typed: value };
  // Where there is no row, all of it is null.
  const no: Typed = { kind: "literal", type: "boolean", value: 0 };
  return { typed: { kind: "binary", type: "boolean", operator: "ne", left: value, right: no }, isNullTest: true };
}

type Start =
  | { readonly kind: "walk"; readonly walk: Walk; readonly rest: readonly PathStep[] }
  | ({ readonly kind: "rows"; readonly many: boolean } & Led)
  | { readonly kind: "element"; readonly bound: Bound };

function startOf(path: Path, scope: Scope): Start {
  const first = path.segments[0]!;
  const row: Walk = { level: 0, type: scope.type, steps: [], dynamic: false, place: scope.place };
  if (first.kind !== "name") return { kind: "walk", walk: row, rest: path.segments };
  const index = scope.variables.findLastIndex((variable) => variable.name === first.name);
  if (index >= 0) return fromVariable(path, scope, index);
  const rest = path.segments.slice(1);
  if (first.name === "$it") {
    const rows = outerRows(path, scope);
    return rows === undefined ? { kind: "walk", walk: row, rest } : { kind: "rows", many: false, rows, rest };
  }
  if (first.name === "$root") return { kind: "rows", ...fromRoot(rest, scope) };
  if (first.name === "$this" && scope.outer !== undefined) return { kind: "walk", walk: row, rest };
  if (first.name === "$this") throw bindProblem(scope, first.at, "'$this' is an element of a collection and stands within its $filter alone");
  if (first.name === "$these") throw later(scope, first.at, "'$these'");
  if (scope.within !== undefined) return { kind: "walk", walk: { ...scope.within, dynamic: false }, rest: path.segments };
  const here = scope.variables.findLastIndex(({ name }) => name === implicit);
  return { kind: "walk", walk: here < 0 ? row : elementWalk(first, scope, here), rest: path.segments };
}

/** Within the `$filter` of a collection, names are those of its elements. */
function elementWalk(first: NameStep, scope: Scope, index: number): Walk {
  const { element, place } = scope.variables[index]!;
  if (element === "scalar") throw bindProblem(scope, first.at, `'${first.name}': the elements are plain values; write $this`);
  return { level: index + 1, type: element, steps: [], dynamic: false, ...(place === undefined ? {} : { place }) };
}

function fromVariable(path: Path, scope: Scope, index: number): Start {
  const variable = scope.variables[index]!;
  const rest = path.segments.slice(1);
  const level = index + 1;
  const { element, place } = variable;
  if (element !== "scalar") {
    return { kind: "walk", walk: { level, type: element, steps: [], dynamic: false, ...(place === undefined ? {} : { place }) }, rest };
  }
  if (rest.length > 0) throw bindProblem(scope, rest[0]!.at, `'${variable.name}' is a plain value and has no properties`);
  const typed = { kind: "element", type: variable.elementType as "string", level } as const;
  return { kind: "element", bound: { typed, ...(variable.enumType === undefined ? {} : { enumType: variable.enumType }) } };
}

function follow(walk: Walk, segment: NameStep, scope: Scope): Walk {
  const collection = walk.property?.collection === true ? walk.property.name : walk.rows?.place.name;
  if (collection !== undefined && !segment.name.includes(".")) {
    throw bindProblem(scope, segment.at, `'${collection}' is a collection; use any, all or $count`);
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
    return { ...walk, type, cast: type, ...(walk.rows === undefined ? {} : { rows: { ...walk.rows, cast: type } }) };
  }
  if (walk.type.kind === "complex" && type?.kind === "complex") {
    if (type === walk.type) return walk;
    if (walk.property?.collection === true && walk.type.derived.includes(type)) return { ...walk, type, narrowed: walk.property.type as ComplexType };
    const cast: ComplexCast = { origin: { level: walk.level }, steps: walk.steps, from: walk.type, to: type };
    if (walk.type.derived.includes(type)) return { ...walk, type, casts: [...(walk.casts ?? []), cast] };
  }
  throw bindProblem(scope, segment.at, `'${segment.name}' is not a type derived from '${walk.type.name}'`);
}

function dynamicStep(walk: Walk, segment: NameStep, scope: Scope): Walk {
  if (walk.dynamic) return { ...walk, steps: [...walk.steps, segment.name] };
  if (walk.type.kind === "complex" && walk.type.allNavigation.some(({ name }) => name === segment.name))
    throw later(scope, segment.at, `'${segment.name}', a navigation property of a complex value,`);
  const open = walk.type.open || (walk.type.kind === "entity" && walk.type.derived.some((type) => type.open));
  if (!open || segment.name.startsWith("$")) {
    throw problem("unknownProperty", { property: segment.name, type: walk.type.name }, { target: scope.option });
  }
  const isTop = walk.type.kind === "entity" && walk.steps.length === 0;
  scope.useDynamic(isTop ? segment.name : `${walk.type.name}/${segment.name}`, otherPlace(walk, scope));
  return { ...walk, dynamic: true, steps: [...walk.steps, segment.name] };
}

function finish(walk: Walk, at: number, scope: Scope): Bound {
  const origin = { level: walk.level };
  const cast = walk.cast === undefined ? {} : { cast: walk.cast };
  if (walk.dynamic) {
    const scalar = { origin, steps: walk.steps, dynamic: true, type: "untyped" as const, ...cast };
    return { typed: behindCasts({ kind: "path", type: "untyped", path: scalar }, castsOf(walk)) };
  }
  const { property } = walk;
  const last = walk.casts?.at(-1);
  if (walk.rows !== undefined) throw bindProblem(scope, at, `'${walk.rows.place.name}' is a collection; use any, all or $count`);
  if (last !== undefined && last.steps.length === walk.steps.length)
    return { typed: { kind: "not", type: "boolean", operand: isOfComplex(last) }, isNullTest: true };
  if (property === undefined) throw bindProblem(scope, at, "expected a property");
  if (property.collection) throw bindProblem(scope, at, `'${property.name}' is a collection; use any, all or $count`);
  const { type: declared } = property;
  if (declared.kind === "complex") {
    const isNull: Typed = { kind: "complexIsNull", type: "boolean", path: { origin, steps: walk.steps, complex: declared } };
    const [asked] = castsOf(walk);
    if (asked === undefined) return { typed: isNull, isNullTest: true };
    return {
      typed: { kind: "binary", type: "boolean", operator: "or", left: { kind: "not", type: "boolean", operand: isOfComplex(asked) }, right: isNull },
      isNullTest: true,
    };
  }
  const type = scalarTypeOf(declared)!;
  const scalar = { origin, steps: walk.steps, property, dynamic: false, type, ...cast };
  const enumType = declared.kind === "enum" ? { enumType: declared } : {};
  return { typed: behindCasts({ kind: "path", type, path: scalar }, castsOf(walk)), ...enumType };
}

/** Binds the path of a declared collection of values, behind `in` and in functions of collections; undefined for any other path. */
export function bindCollectionPath(path: Path, scope: Scope): CollectionPath | undefined {
  if (scope.made?.alone === true) return undefined;
  const start = startOf(path, scope);
  if (start.kind !== "walk" || !start.rest.every((step) => step.kind === "name")) return undefined;
  let walk = start.walk;
  for (const step of start.rest) {
    if (propertyOf(walk.type, step.name) === undefined && !step.name.includes(".")) return undefined;
    walk = follow(walk, step, scope);
  }
  if (walk.property?.collection !== true) return undefined;
  if (walk.narrowed !== undefined || castsOf(walk).length > 0) throw later(scope, path.at, "a collection behind a cast of a complex value, in this place,");
  return collectionOf(walk, path, scope);
}
