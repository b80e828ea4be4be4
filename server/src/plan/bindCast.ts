import type { AnyType, ComplexType, EntityType, EnumType, PrimitiveName, ValueType } from "../edm/types.ts";
import type { Call, Expression } from "../odata/expression.ts";
import { isOfComplex } from "./complexCast.ts";
import { familyOf } from "./functions.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";
import type { Conversion, ScalarType, Typed } from "./typed.ts";
import { later } from "./walk.ts";

type Bind = (expression: Expression, scope: Scope) => Bound;

/** The name of the type that `cast` and `isof` end with, and the value before it, if there is one. */
function argumentsOf({ arguments: given }: Call): { readonly value?: Expression; readonly name: string; readonly at: number } {
  const type = given.at(-1)!;
  const [first] = type.kind === "path" ? type.segments : [];
  const named = { name: first?.kind === "name" ? first.name : "", at: type.at };
  return given.length > 1 ? { value: given[0]!, ...named } : named;
}

/** `cast(value,type)` (OData 4.01 URL Conventions 5.1.1.10.1): null where the value has no counterpart. Throws `badRequest` where none ever has one. */
export function bindCast(expression: Call, scope: Scope, bind: Bind): Bound {
  const { value, name, at } = argumentsOf(expression);
  const entity = entityAt(value, scope);
  if (entity !== undefined) return { typed: not(isOfEntity(entity, { name, at }, scope)), isNullTest: true };
  const bound = bind(value!, scope);
  const { typed } = bound;
  const whole = wholeCast(bound, scope.model.findType(name));
  if (whole !== undefined) return whole;
  const type = castable(name, at, scope);
  if (bound.isNullTest === true) throw later(scope, value!.at, "'cast' of this value");
  if (typed.type === "null") return ofType({ kind: "literal", type: scalarTypeOf(type)!, value: null }, type);
  if (type.kind === "enum") return ofType(toEnum(bound, type, { at: value!.at, scope }), type);
  if (bound.enumType !== undefined) return { typed: fromEnum(typed, bound.enumType, type.name) ?? refuse(typed, type.name, { at: value!.at, scope }) };
  return { typed: toPrimitive(typed, type.name) ?? refuse(typed, type.name, { at: value!.at, scope }) };
}

const not = (operand: Typed): Typed => ({ kind: "not", type: "boolean", operand });

/** A complex value or a related entity as one of another type: what can be asked is whether that is null, as it is where it is of no such type. */
function wholeCast(bound: Bound, type: AnyType | undefined): Bound | undefined {
  if (bound.isNullTest !== true || (type?.kind !== "complex" && type?.kind !== "entity")) return undefined;
  const test = isOfWhole(bound.typed, type);
  return test === undefined ? undefined : { typed: not(test), isNullTest: true };
}

/** Whether what a null test is about is there and of a type; undefined for what is not told apart. */
function isOfWhole(typed: Typed, type: ComplexType | EntityType): Typed | undefined {
  const never: Typed = { kind: "literal", type: "boolean", value: 0 };
  if (typed.kind === "complexIsNull") {
    const { complex, origin, steps } = typed.path;
    if (type.kind === "complex" && complex.derived.includes(type)) return isOfComplex({ origin, steps, from: complex, to: type });
    return complex === type || (type.kind === "complex" && type.derived.includes(complex)) ? not(typed) : never;
  }
  const related = typed.kind === "not" && typed.operand.kind === "any" ? typed.operand : undefined;
  if (related === undefined || !("place" in related.source)) return undefined;
  const own = related.source.cast ?? related.source.place.type;
  if (type.kind === "entity" && own.derived.includes(type)) return { ...related, source: { ...related.source, cast: type } };
  return own === type || (type.kind === "entity" && type.derived.includes(own)) ? related : never;
}

interface Place {
  readonly at: number;
  readonly scope: Scope;
}

function refuse({ type }: Typed, name: string, { at, scope }: Place): never {
  throw bindProblem(scope, at, `a value of type ${type} cannot be cast to ${name}`);
}

function ofType(typed: Typed, type: ValueType): Bound {
  return type.kind === "enum" ? { typed, enumType: type } : { typed };
}

/** The primitive type or enumeration of this name. */
function castable(name: string, at: number, scope: Scope): Extract<ValueType, { kind: "primitive" | "enum" }> {
  const type = scope.model.findType(name);
  if (type?.kind === "primitive" && scalarTypeOf(type) !== "untyped" && type.name !== "Edm.Stream") return type;
  if (type?.kind === "enum") return type;
  if (type !== undefined || /^(?:Edm\.|Collection\()/.test(name)) throw later(scope, at, `'${name}' in 'cast'`);
  throw bindProblem(scope, at, `there is no type '${name}'`);
}

const converted = (operand: Typed, type: ScalarType, by: Conversion): Typed => ({ kind: "converted", type, operand, by });

/** The numbers that whole types hold. */
const bounds: Readonly<Partial<Record<PrimitiveName, readonly [least: bigint, most: bigint]>>> = {
  "Edm.Byte": [0n, 255n],
  "Edm.SByte": [-128n, 127n],
  "Edm.Int16": [-32_768n, 32_767n],
  "Edm.Int32": [-2_147_483_648n, 2_147_483_647n],
  "Edm.Int64": [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
};

function toWhole(operand: Typed, name: PrimitiveName): Typed {
  const [least, most] = bounds[name]!;
  return converted(operand, "int", { to: "whole", least, most });
}

/** A value of a primitive type as one of another; undefined where no value of the one is one of the other. */
function toPrimitive(typed: Typed, name: PrimitiveName): Typed | undefined {
  const type = scalarTypeOf({ kind: "primitive", name })!;
  const family = familyOf(typed.type);
  if (family === "string" && typed.type === "string") return parsed(typed, name, type);
  if (typed.type === "untyped") return fromUntyped(typed, name, type);
  if (family === "number") return fromNumber(typed, name, type);
  if (type === "string") return typed.type === "boolean" ? spelled(typed) : asText(typed);
  if (type === typed.type) return typed;
  if (family === "instant" && type === "date") return { kind: "call", type, name: "date", arguments: [typed] };
  if (family === "instant" && type === "timeOfDay") return { kind: "call", type, name: "time", arguments: [typed] };
  if (family === "date" && type === "dateTimeOffset") return converted(typed, type, { to: "midnight" });
  return undefined;
}

function asText(typed: Typed): Typed {
  const isText = ["guid", "date", "binary"].includes(typed.type);
  return converted(typed, "string", { to: isText ? "same" : "text" });
}

function spelled(typed: Typed): Typed {
  const word = (value: string): Typed => ({ kind: "literal", type: "string", value });
  return {
    kind: "case",
    type: "string",
    branches: [
      { when: typed, gives: word("true") },
      { when: { kind: "not", type: "boolean", operand: typed }, gives: word("false") },
    ],
  };
}

function fromNumber(typed: Typed, name: PrimitiveName, type: ScalarType): Typed | undefined {
  if (type === "int") return toWhole(typed, name);
  if (type === "decimal" || type === "double") return converted(typed, type, { to: type });
  return type === "string" ? converted(typed, "string", { to: "text" }) : undefined;
}

/** What a dynamic property gives beside a value of the type, brought into its bounds; what is written as text is read. */
function fromUntyped(typed: Typed, name: PrimitiveName, type: ScalarType): Typed | undefined {
  const as = (wanted: ScalarType): Typed => converted(typed, wanted, { to: "same" });
  if (type === "int") return toWhole(as("double"), name);
  if (type === "decimal" || type === "double") return converted(as("double"), type, { to: type });
  if (type === "string" || type === "boolean" || type === "dateTimeOffset") return as(type);
  return parsed(as("string"), name, type);
}

function parsed(typed: Typed, name: PrimitiveName, type: ScalarType): Typed | undefined {
  switch (type) {
    case "string":
      return typed;
    case "int":
      return toWhole(converted(typed, "int", { to: "parsed", as: "int" }), name);
    case "decimal":
    case "double":
    case "boolean":
    case "dateTimeOffset":
    case "date":
    case "timeOfDay":
    case "duration":
    case "guid":
      return converted(typed, type, { to: "parsed", as: type });
    default:
      return undefined;
  }
}

/** Members by name or number. Several of a flags type joined by commas are no name of a member. */
function toEnum({ typed, enumType }: Bound, type: EnumType, place: Place): Typed {
  if (enumType === type) return typed;
  const member = (value: number): Typed => ({ kind: "literal", type: "enum", value });
  if (enumType === undefined && typed.type === "int") return converted(typed, "enum", { to: "same" });
  if (typed.type !== "string") refuse(typed, type.name, place);
  const is = (name: string): Typed => ({
    kind: "binary",
    type: "boolean",
    operator: "eq",
    left: typed,
    right: { kind: "literal", type: "string", value: name },
  });
  return { kind: "case", type: "enum", branches: type.members.map(({ name, value }) => ({ when: is(name), gives: member(value) })) };
}

/** The number of a member, or its name; of a flags type the names of its single members, joined by commas. */
function fromEnum(typed: Typed, type: EnumType, name: PrimitiveName): Typed | undefined {
  if (bounds[name] !== undefined) return toWhole(converted(typed, "int", { to: "same" }), name);
  if (name !== "Edm.String") return undefined;
  const text = (value: string): Typed => ({ kind: "literal", type: "string", value });
  const beside = (operator: "eq" | "has", value: number): Typed => ({
    kind: "binary",
    type: "boolean",
    operator,
    left: typed,
    right: { kind: "literal", type: "enum", value },
  });
  const exact = type.members.map(({ name: member, value }) => ({ when: beside("eq", value), gives: text(member) }));
  if (!type.flags) return { kind: "case", type: "string", branches: exact };
  const single = type.members.filter(({ value }) => value > 0 && (value & (value - 1)) === 0);
  const always: Typed = { kind: "literal", type: "boolean", value: 1 };
  const pieces = single.map(({ name: member, value }): Typed => ({
    kind: "case",
    type: "string",
    branches: [
      { when: beside("has", value), gives: text(`,${member}`) },
      { when: always, gives: text("") },
    ],
  }));
  const joined = pieces.reduce((left, right): Typed => ({ kind: "call", type: "string", name: "concat", arguments: [left, right] }));
  const several: Typed = { kind: "call", type: "string", name: "substring", arguments: [joined, { kind: "literal", type: "int", value: 1 }] };
  const isThere: Typed = { kind: "binary", type: "boolean", operator: "ne", left: typed, right: { kind: "literal", type: "null", value: null } };
  return { kind: "case", type: "string", branches: [...exact, { when: isThere, gives: several }] };
}

/** Numbers that are numbers of a wider type, too. */
const wider: Readonly<Partial<Record<PrimitiveName, readonly PrimitiveName[]>>> = {
  "Edm.SByte": ["Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Single", "Edm.Double", "Edm.Decimal"],
  "Edm.Byte": ["Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Single", "Edm.Double", "Edm.Decimal"],
  "Edm.Int16": ["Edm.Int32", "Edm.Int64", "Edm.Single", "Edm.Double", "Edm.Decimal"],
  "Edm.Int32": ["Edm.Int64", "Edm.Double", "Edm.Decimal"],
  "Edm.Int64": ["Edm.Decimal"],
  "Edm.Single": ["Edm.Double"],
};

/** `isof(value,type)`, `isof(type)` and `isof($it,type)` (OData 4.01 URL Conventions 5.1.1.10.2). */
export function bindIsOf(expression: Call, scope: Scope, bind: Bind): Typed {
  const { value, name, at } = argumentsOf(expression);
  const entity = entityAt(value, scope);
  if (entity !== undefined) return isOfEntity(entity, { name, at }, scope);
  const type = scope.model.findType(name);
  if (type === undefined) throw bindProblem(scope, at, `there is no type '${name}'`);
  const bound = bind(value!, scope);
  const { typed } = bound;
  if (bound.isNullTest === true && (type.kind === "complex" || type.kind === "entity")) {
    const test = isOfWhole(typed, type);
    if (test === undefined) throw later(scope, value!.at, "'isof' of this value");
    return test;
  }
  const isThere: Typed = { kind: "binary", type: "boolean", operator: "ne", left: typed, right: { kind: "literal", type: "null", value: null } };
  if (type.kind === "enum") return isThereIf(bound.enumType === type, isThere);
  if (type.kind !== "primitive" || bound.isNullTest === true) return isThereIf(false, isThere);
  if (typed.type === "untyped") {
    const cast = fromUntyped(typed, type.name, scalarTypeOf(type)!);
    return cast === undefined ? isThereIf(false, isThere) : { ...isThere, left: cast };
  }
  const own = bound.enumType === undefined ? primitiveOf(typed) : undefined;
  return isThereIf(own !== undefined && (own === type.name || wider[own]?.includes(type.name) === true), isThere);
}

function isThereIf(fits: boolean, isThere: Typed): Typed {
  return fits ? isThere : { kind: "literal", type: "boolean", value: 0 };
}

/** The type of a declared property; of what is computed, the widest of its kind. */
function primitiveOf(typed: Typed): PrimitiveName | undefined {
  if (typed.kind === "path" && typed.path.property?.type.kind === "primitive") return typed.path.property.type.name;
  const byScalar: Readonly<Partial<Record<ScalarType, PrimitiveName>>> = {
    string: "Edm.String", boolean: "Edm.Boolean", int: "Edm.Int64", double: "Edm.Double", decimal: "Edm.Decimal", dateTimeOffset: "Edm.DateTimeOffset", date: "Edm.Date",
    timeOfDay: "Edm.TimeOfDay", duration: "Edm.Duration", guid: "Edm.Guid", binary: "Edm.Binary",
  }; // prettier-ignore
  return byScalar[typed.type];
}

/** The row itself, where nothing or a name of it is given. */
function entityAt(value: Expression | undefined, scope: Scope): EntityHere | undefined {
  if (value === undefined) return { type: scope.type, level: 0 };
  return value.kind === "path" && value.segments.length === 1 ? entityOfPath(value, scope) : undefined;
}

interface EntityHere {
  readonly type: Scope["type"];
  readonly level: number;
}

function entityOfPath(value: Extract<Expression, { kind: "path" }>, scope: Scope): EntityHere | undefined {
  const [first] = value.segments;
  return first?.kind === "name" ? entityOf(first.name, scope) : undefined;
}

/** The row, or the row that a variable stands for. */
function entityOf(name: string, scope: Scope): EntityHere | undefined {
  const index = scope.variables.findLastIndex((variable) => variable.name === name);
  const element = scope.variables[index]?.element;
  if (index >= 0) return typeof element === "object" && element.kind === "entity" ? { type: element, level: index + 1 } : undefined;
  return name === (scope.outer === undefined ? "$it" : "$this") ? { type: scope.type, level: 0 } : undefined;
}

function isOfEntity({ type, level }: EntityHere, { name, at }: { readonly name: string; readonly at: number }, scope: Scope): Typed {
  const entity = scope.model.findType(name);
  if (entity?.kind === "entity" && (entity === type || type.derived.includes(entity))) return { kind: "isOf", type: "boolean", entity, level };
  throw bindProblem(scope, at, `'${name}' is not '${type.name}' or a type derived from it`);
}
