import type { ScalarType, Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { compileAs, isReal } from "./compileOperands.ts";
import type { Arithmetic, Operands } from "./dialect.ts";

type Binary = Extract<Typed, { kind: "binary" }>;

/** What an operator calculates of numbers, instants, dates and durations, by the type that it was bound to. */
export function compileArithmetic(typed: Binary, context: Context): string {
  const { type, left, right } = typed;
  const { dialect } = context;
  if (type === "dateTimeOffset" || type === "date") return compileMoved(typed, type, context);
  if (type !== "duration") return compileNumbers(typed, modeOf(typed, context), context);
  const time = [left, right].map((one) => one.type).find((one) => one === "dateTimeOffset" || one === "date");
  if (time !== undefined) return dialect.between(compileAs(left, "text", context, time), compileAs(right, "text", context, time));
  if (typed.operator === "add" || typed.operator === "sub") return compileNumbers(typed, "whole", context);
  const [duration, factor] = left.type === "duration" ? [left, right] : [right, left];
  const scaled = [compileAs(duration, "numeric", context, "duration"), number(factor, context)] as const;
  return dialect.scaled(...scaled, typed.operator !== "mul");
}

function compileMoved({ operator, left, right }: Binary, type: ScalarType, context: Context): string {
  const duration = compileAs(right, "numeric", context, "duration");
  const by = operator === "sub" ? context.dialect.negate(duration) : duration;
  return context.dialect.moved(compileAs(left, "text", context, type), by);
}

function compileNumbers({ operator, left, right }: Binary, mode: Operands["mode"], context: Context): string {
  const sides = [left, right].map((one) => number(mode === "decimal" ? one : asDouble(one), context)) as [string, string];
  return context.dialect.arithmetic(operator as Arithmetic, { left: sides[0], right: sides[1], mode });
}

/** A decimal literal beside a double is one. */
function asDouble(typed: Typed): Typed {
  return typed.kind === "literal" && typed.type === "decimal" && typed.value !== null ? { ...typed, type: "double", value: Number(typed.value) } : typed;
}

function number(typed: Typed, context: Context): string {
  const text = compileAs(typed, "numeric", context, "double");
  return typed.kind === "literal" && (typed.type === "int" || typed.type === "duration") ? context.dialect.wholeNumber(text) : text;
}

function modeOf({ type, left, right }: Binary, context: Context): Operands["mode"] {
  if (type === "int") return "whole";
  if (type === "decimal") return "decimal";
  return isReal(left, context) || isReal(right, context) ? "real" : "any";
}
