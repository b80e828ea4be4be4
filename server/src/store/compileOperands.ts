import type { ScalarType, Typed } from "../plan/typed.ts";
import { problem } from "../base/errors.ts";
import { literalDecimal, literalValue } from "./columnValue.ts";
import type { BodyType, ValueKind } from "./dialect.ts";
import { columnOf } from "./columnOf.ts";
import { hasLongDecimals } from "./hasLongDecimals.ts";
import { isLong } from "./isLong.ts";
import { enter } from "./enter.ts";
import type { Context } from "./compileExpression.ts";

/** What a dynamic property yields, by the type that is wanted of it; undefined for a type that none ever has. */
export function bodyTypeOf(wanted: ScalarType): BodyType | undefined {
  switch (wanted) {
    case "untyped":
    case "null":
      return "any";
    case "boolean":
      return "boolean";
    case "dateTimeOffset":
      return "instant";
    case "int":
    case "double":
    case "decimal":
    case "enum":
      return "number";
    case "duration":
      return undefined;
    default:
      return "text";
  }
}

/** The kind that values of a type have where nothing says more. */
function kindOfType(type: ScalarType): ValueKind {
  const body = bodyTypeOf(type);
  if (body === "any" || body === "boolean") return body;
  if (body === "number") return "numeric";
  return body === undefined ? "integer" : "text";
}

/** The kind of what an expression yields; `wanted` is the type that a dynamic property shall have. */
export function kindOf(typed: Typed, context: Context, wanted: ScalarType): ValueKind {
  switch (typed.kind) {
    case "literal":
      return kindOfLiteral(typed, context, wanted);
    case "path":
      return typed.path.dynamic ? kindOfType(wanted) : columnOf(typed.path, context).kind;
    case "element":
      return context.lambdas[typed.level - 1]!.side!.columns[0]!.kind;
    case "column":
      return context.made!.get(typed.id)!;
    case "negate":
      return "numeric";
    case "binary":
      return isArithmetic(typed) ? kindOfCalculated(typed) : "boolean";
    case "count":
      return "integer";
    case "call":
      return kindOfCall(typed);
    case "case":
      return commonKind(branchesOf(typed, wanted), context);
    case "related":
      return kindOf(typed.value, enter(typed.source, context), wanted);
    case "converted":
      return kindOfConverted(typed, context, wanted);
    default:
      return "boolean";
  }
}

function kindOfCalculated({ type }: Typed): ValueKind {
  return type === "dateTimeOffset" || type === "date" ? "text" : "numeric";
}

function kindOfConverted({ operand, by, type }: Extract<Typed, { kind: "converted" }>, context: Context, wanted: ScalarType): ValueKind {
  switch (by.to) {
    case "whole":
      return "integer";
    case "decimal":
      return kindOf(operand, context, "double") === "decimal" ? "decimal" : "numeric";
    case "double":
      return "numeric";
    case "same":
      return kindOf(operand, context, operand.type === "untyped" ? type : wanted);
    case "parsed":
      return by.as === "int" ? "integer" : kindOfType(by.as);
    default:
      return "text";
  }
}

/** A long number keeps its digits where the model has decimals of any length: a database of another may not know what to do with them. */
function kindOfLiteral(typed: Extract<Typed, { kind: "literal" }>, { table }: Context, wanted: ScalarType): ValueKind {
  const { type, value } = typed;
  if (value === null) return kindOfType(wanted);
  if (isLong(typed) && hasLongDecimals(table.schema)) return "decimal";
  if (type === "boolean") return "boolean";
  const stored = literalValue(type, value);
  if (stored === null || typeof stored === "string") return kindOfType(type);
  return typeof stored === "bigint" || Number.isSafeInteger(stored) ? "integer" : "real";
}

/** True for a number that is calculated. */
export function isArithmetic({ operator }: Extract<Typed, { kind: "binary" }>): boolean {
  return ["add", "sub", "mul", "div", "divby", "mod"].includes(operator);
}

function kindOfCall({ name }: Extract<Typed, { kind: "call" }>): ValueKind {
  switch (name) {
    case "contains":
    case "startswith":
    case "endswith":
    case "matchespattern":
      return "boolean";
    case "totaloffsetminutes":
    case "length":
    case "indexof":
    case "year":
    case "month":
    case "day":
    case "hour":
    case "minute":
    case "second":
      return "integer";
    case "fractionalseconds":
      return "real";
    case "round":
    case "floor":
    case "ceiling":
    case "totalseconds":
      return "numeric";
    default:
      return "text";
  }
}

/** What a `case` may yield. */
export function branchesOf({ branches, type }: Extract<Typed, { kind: "case" }>, wanted: ScalarType): Operand[] {
  return branches.map(({ gives }) => ({ typed: gives, wanted: type === "untyped" ? wanted : type }));
}

/** True when a number is binary floating point by its type alone, whatever its value. */
export function isReal(typed: Typed, context: Context): boolean {
  switch (typed.kind) {
    case "literal":
      return typed.type === "double" || typed.type === "decimal";
    case "path":
    case "element":
    case "column":
      return kindOf(typed, context, "double") === "real" || typed.type === "double";
    case "negate":
      return isReal(typed.operand, context);
    case "binary":
      if (typed.type !== "double") return false;
      return isReal(typed.left, context) || isReal(typed.right, context) || typed.operator === "divby" || typed.operator === "div";
    case "related":
      return isReal(typed.value, enter(typed.source, context));
    case "converted":
      return typed.by.to === "double" || (typed.by.to === "parsed" && typed.by.as === "double");
    case "case":
      return typed.branches.some(({ gives }) => isReal(gives, context));
    case "call":
      return typed.name === "fractionalseconds" || typed.name === "round" || typed.arguments.some((argument) => isReal(argument, context));
    default:
      return false;
  }
}

const numbers: readonly ValueKind[] = ["integer", "real", "numeric", "decimal"];

/** An expression as a value of one kind. */
export function compileAs(typed: Typed, kind: ValueKind, context: Context, wanted: ScalarType): string {
  const { dialect, parameters } = context;
  if (typed.kind === "literal") {
    if (typed.value === null) return dialect.nothing(kind);
    if (typed.type !== "boolean") return parameters.add(kind === "decimal" ? literalDecimal(typed.value) : literalValue(typed.type, typed.value), kind);
  }
  const from = kindOf(typed, context, wanted);
  const text = context.compile(typed, context, wanted);
  if (from === kind) return text;
  if (!numbers.includes(from) || !numbers.includes(kind)) throw problem("badRequest", { what: "Values of different types cannot be compared." });
  return dialect.convert(text, from, kind);
}

/** An operand, and the type that a dynamic property shall have there. */
export interface Operand {
  readonly typed: Typed;
  readonly wanted: ScalarType;
}

/** Operands that are compared with each other, as values of one kind: that of the columns where all have one and the literals fit it. */
export function compileTogether(operands: readonly Operand[], context: Context): string[] {
  const kind = commonKind(operands, context);
  return operands.map(({ typed, wanted }) => {
    const text = compileAs(typed, kind, context, wanted);
    return typed.type === "boolean" && typed.kind !== "path" && typed.kind !== "literal" ? `(${text})` : text;
  });
}

function commonKind(operands: readonly Operand[], context: Context): ValueKind {
  const known = operands.filter(({ typed }) => typed.kind !== "literal" || typed.value !== null);
  const kinds = (isLiteral: boolean): ValueKind[] =>
    known.flatMap(({ typed, wanted }) => ((typed.kind === "literal") === isLiteral ? [kindOf(typed, context, wanted)] : []));
  const fixed = new Set(kinds(false));
  const literals = kinds(true);
  const [first] = [...fixed, ...literals];
  if (first === undefined) return kindOf(operands[0]!.typed, context, operands[0]!.wanted);
  if (!numbers.includes(first)) return first;
  if (fixed.has("decimal") || literals.includes("decimal")) return "decimal";
  const fits = fixed.size === 1 && known.every(({ typed }) => typed.kind !== "literal" || literalFits(typed, first));
  return fits ? first : "numeric";
}

/** A literal that a column of the kind could hold as it is. */
function literalFits({ type, value }: Extract<Typed, { kind: "literal" }>, kind: ValueKind): boolean {
  const stored = literalValue(type, value);
  if (kind === "integer") return typeof stored === "bigint" || Number.isSafeInteger(stored);
  return kind === "numeric" || typeof stored === "number";
}
