import { sortableNumber } from "../base/sortableDecimal.ts";
import type { Typed, TypedOperator } from "../plan/typed.ts";
import { literalDecimal } from "./columnValue.ts";
import type { Context } from "./compileExpression.ts";
import { kindOf } from "./compileOperands.ts";
import { isLong } from "./isLong.ts";

type Binary = Extract<Typed, { kind: "binary" }>;
type Literal = Extract<Typed, { kind: "literal" }>;

/**
 * A comparison with a long number, as one with a number that columns hold: values of all kinds but `decimal` are doubles or whole numbers of 64 bits, so that none is equal
 * to it, and those above it are the ones above the greatest such number below it. An index serves as with any other literal. What needs no change stays as it is.
 */
export function besideLong(typed: Binary, context: Context): Typed {
  const { operator, left, right } = typed;
  const turned = isLong(left) ? turn[operator] : operator;
  const [value, long] = isLong(left) ? [right, left] : [left, right];
  if (turned === undefined || !isLong(long) || isDecimal(value, context) || isNull(value)) return typed;
  if (value.kind === "literal") return truth(compared(value, long)[turned]!);
  if (turned === "eq" || turned === "ne") return truth(turned === "ne");
  const isAbove = turned === "gt" || turned === "ge";
  return { ...typed, operator: isAbove ? "gt" : "le", left: value, right: greatestBelow(long.value) };
}

/** True for two values that are never equal, one of them being a long number. */
export function neverEqual(left: Typed, right: Typed, context: Context): boolean {
  const [value, long] = isLong(left) ? [right, left] : [left, right];
  if (!isLong(long) || isDecimal(value, context) || isNull(value)) return false;
  return value.kind !== "literal" || literalDecimal(value.value) !== literalDecimal(long.value);
}

const turn: Readonly<Partial<Record<TypedOperator, TypedOperator>>> = { eq: "eq", ne: "ne", gt: "lt", ge: "le", lt: "gt", le: "ge" };
const isNull = (typed: Typed): boolean => typed.kind === "literal" && typed.value === null;
const isDecimal = (typed: Typed, context: Context): boolean => typed.kind !== "literal" && kindOf(typed, context, "decimal") === "decimal";
const truth = (value: boolean): Literal => ({ kind: "literal", type: "boolean", value: value ? 1 : 0 });

function compared(value: Literal, long: Literal): Partial<Record<TypedOperator, boolean>> {
  const [a, b] = [literalDecimal(value.value)!, literalDecimal(long.value)!];
  return { eq: a === b, ne: a !== b, gt: a > b, ge: a >= b, lt: a < b, le: a <= b };
}

/** Of doubles and whole numbers of 64 bits the greatest that is less. */
function greatestBelow(text: string): Literal {
  const near = Number(text);
  const whole = Math.abs(near) < 2 ** 53 ? undefined : floorOf(text);
  if (whole !== undefined && BigInt.asIntN(64, whole) === whole) return { kind: "literal", type: "int", value: whole };
  const value = sortableNumber(near) < literalDecimal(text)! ? near : nextBelow(near);
  return value >= 2 ** 62 && value < 2 ** 63 ? { kind: "literal", type: "int", value: 2n ** 63n - 1n } : { kind: "literal", type: "double", value };
}

function floorOf(text: string): bigint {
  const whole = BigInt(text.replace(/\..*$/, ""));
  return text.startsWith("-") ? whole - 1n : whole;
}

/** The double before another. */
function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const double = new Float64Array(bits.buffer);
  double[0] = value;
  bits[0] = bits[0]! + (value > 0 ? -1n : 1n);
  return double[0];
}
