import type { Binary, Expression } from "../odata/expression.ts";
import { familyOf, type Family } from "./functions.ts";
import { bindProblem, type Scope } from "./scope.ts";
import type { ScalarType, Typed, TypedOperator } from "./typed.ts";

/** The operators that calculate. */
export const arithmetic: ReadonlySet<TypedOperator> = new Set(["add", "sub", "mul", "div", "divby", "mod"]);

/** A family whose values are calculated with; a dynamic value is what the other side makes of it. */
type Operand = Exclude<Family, "string" | "boolean" | "time">;

/** What the operators other than those of numbers yield, by the families of their sides (OData 4.01 URL Conventions 5.1.1.2). */
const temporal: Readonly<Record<string, ScalarType>> = {
  "instant add duration": "dateTimeOffset",
  "any add duration": "dateTimeOffset",
  "date add duration": "date",
  "duration add duration": "duration",
  "duration add any": "duration",
  "instant sub duration": "dateTimeOffset",
  "any sub duration": "dateTimeOffset",
  "date sub duration": "date",
  "duration sub duration": "duration",
  "duration sub any": "duration",
  "instant sub instant": "duration",
  "instant sub any": "duration",
  "any sub instant": "duration",
  "date sub date": "duration",
  "date sub any": "duration",
  "any sub date": "duration",
  "duration mul number": "duration",
  "duration mul any": "duration",
  "number mul duration": "duration",
  "any mul duration": "duration",
  "duration div number": "duration",
  "duration div any": "duration",
  "duration divby number": "duration",
  "duration divby any": "duration",
};

/**
 * Types an operator that calculates: numbers are promoted (5.1.1.17: Double over Decimal over whole ones; whole ones divide
 * to whole ones, by `divby` to a Decimal), instants, dates and durations as the table says. Throws `badRequest` for any other pair, and for a
 * division of whole numbers, decimals and durations by a literal 0.
 */
export function bindArithmetic(expression: Binary, { left, right }: { readonly left: Typed; readonly right: Typed }, scope: Scope): Typed {
  const { operator } = expression;
  requireOperand(left, expression.left, scope);
  requireOperand(right, expression.right, scope);
  const [a, b] = [familyOf(left.type), familyOf(right.type)];
  const type = isNumeric(a) && isNumeric(b) ? promoted(left, right, operator) : temporal[`${a} ${operator} ${b}`];
  if (type === undefined) {
    throw bindProblem(scope, expression.at, `'${operator}' cannot be applied to a value of type ${left.type} and one of type ${right.type}`);
  }
  if (
    left.type !== "double" &&
    left.type !== "untyped" &&
    isDivision(operator) &&
    right.kind === "literal" &&
    Number(right.value) === 0 &&
    right.value !== null
  ) {
    throw bindProblem(scope, expression.right.at, "division by zero");
  }
  return { kind: "binary", type, operator, left, right };
}

/** Refuses what nothing can be calculated with. */
export function requireOperand({ type }: Typed, expression: Expression, scope: Scope): void {
  const family = familyOf(type);
  const isOperand = (one: Family): one is Operand => one !== "string" && one !== "boolean" && one !== "time";
  if (isOperand(family) && type !== "enum") return;
  throw bindProblem(scope, expression.at, `expected a number, got a value of type ${type}`);
}

const isDivision = (operator: TypedOperator): boolean => operator === "div" || operator === "divby" || operator === "mod";
const isNumeric = (family: Family): boolean => family === "number" || family === "any";

function promoted(left: Typed, right: Typed, operator: TypedOperator): ScalarType {
  const types = [left.type, right.type];
  if (types.some((type) => type === "double" || familyOf(type) === "any")) return "double";
  return types.includes("decimal") || operator === "divby" ? "decimal" : "int";
}
