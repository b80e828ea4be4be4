import type { ScalarType, Typed } from "../plan/typed.ts";
import type { Context } from "./compileExpression.ts";
import { compileAs, kindOf } from "./compileOperands.ts";

type Converted = Extract<Typed, { kind: "converted" }>;

/** A value made into one of another type (`cast`). */
export function compileConverted({ operand, by, type }: Converted, context: Context, wanted: ScalarType): string {
  const { dialect, parameters } = context;
  const numeric = (): string => compileAs(operand, "numeric", context, "double");
  const isLong = kindOf(operand, context, "double") === "decimal";
  switch (by.to) {
    case "whole":
      return dialect.within(isLong ? exactly(operand, context) : numeric(), parameters.add(by.least, "numeric"), parameters.add(by.most, "numeric"));
    case "decimal":
      return isLong ? context.compile(operand, context, "decimal") : numeric();
    case "double":
      return dialect.rounding(numeric());
    case "text":
      return compileText(operand, context);
    case "parsed":
      return dialect.parsed(by.as, compileAs(operand, "text", context, "string"));
    case "midnight":
      return `(${compileAs(operand, "text", context, "date")} || 'T00:00:00.0000000Z')`;
    case "same":
      return context.compile(operand, context, operand.type === "untyped" ? type : wanted);
  }
}

/** All digits of a decimal of any length. */
const exactly = (operand: Typed, context: Context): string => context.dialect.exactly(context.compile(operand, context, "decimal"));

function compileText(operand: Typed, context: Context): string {
  const { dialect } = context;
  if (kindOf(operand, context, operand.type) === "decimal") return dialect.spelled("decimal", exactly(operand, context));
  switch (operand.type) {
    case "dateTimeOffset":
      return `(${trimmed(`substr(${compileAs(operand, "text", context, operand.type)}, 1, 27)`)} || 'Z')`;
    case "timeOfDay":
      return trimmed(compileAs(operand, "text", context, operand.type));
    case "duration":
      return dialect.spelled("duration", compileAs(operand, "numeric", context, "duration"));
    default:
      return dialect.spelled(operand.type === "double" ? "double" : "decimal", compileAs(operand, "numeric", context, operand.type));
  }
}

/** A fraction of seconds without the zeros at its end. */
function trimmed(text: string): string {
  return `rtrim(rtrim(${text}, '0'), '.')`;
}
