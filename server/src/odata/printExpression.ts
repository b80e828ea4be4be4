import { bindingPower } from "./bindingPower.ts";
import type { Aggregation, Binary, Call, CountStep, Expression, In, Literal, NamedArgument, PathStep, Unary } from "./expression.ts";
import { printSearch } from "./printSearch.ts";

const unaryPower = 7;
const operandPower = 9;

/** Prints a tree as the text of a common expression: lower-case operators, one space around them, no needless parentheses. Parsing it gives the same tree. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return printLiteral(expression);
    case "path":
      return printSteps(expression.segments);
    case "not":
    case "negate":
      return printUnary(expression);
    case "binary":
      return printBinary(expression);
    case "in":
      return printIn(expression);
    case "call":
      return printCall(expression);
    case "list":
      return `(${expression.items.map(printExpression).join(",")})`;
    case "json":
      return expression.text;
    case "alias":
      return `@${expression.name}`;
  }
}

function printLiteral(literal: Literal): string {
  const quoted = () => `'${literal.value.replaceAll("'", "''")}'`;
  switch (literal.literal) {
    case "string":
      return quoted();
    case "duration":
    case "binary":
      return literal.literal + quoted();
    case "enum":
    case "geo":
      return (literal.type ?? "") + quoted();
    default:
      return literal.value;
  }
}

function powerOf(expression: Expression): number {
  if (expression.kind === "binary") return bindingPower.get(expression.operator) ?? 0;
  if (expression.kind === "in") return bindingPower.get("in") ?? 0;
  return expression.kind === "not" || expression.kind === "negate" ? unaryPower : operandPower;
}

/** In parentheses when it binds less tightly than `least`. */
function printOperand(expression: Expression, least: number): string {
  const text = printExpression(expression);
  return powerOf(expression) < least ? `(${text})` : text;
}

/** As the left operand of something tighter than a unary operator, a tree that begins with one needs parentheses too. */
function printUnary({ kind, operand }: Unary): string {
  if (kind === "not") return `not ${printOperand(operand, unaryPower)}`;
  const text = printOperand(operand, unaryPower + 1);
  return /^[\d\-IN'(]/.test(text) && !text.startsWith("(") ? `-(${text})` : `-${text}`;
}

function printBinary({ operator, left, right }: Binary): string {
  const power = bindingPower.get(operator) ?? 0;
  return `${printOperand(left, power)} ${operator} ${printOperand(right, power + 1)}`;
}

function printIn({ left, right }: In): string {
  return `${printOperand(left, bindingPower.get("in") ?? 0)} in ${printExpression(right)}`;
}

function printCall({ name, arguments: values }: Call): string {
  if (name !== "case") return `${name}(${values.map(printExpression).join(",")})`;
  const cases: string[] = [];
  for (let i = 0; i + 1 < values.length; i += 2) {
    cases.push(
      values
        .slice(i, i + 2)
        .map(printExpression)
        .join(" : "),
    );
  }
  return `case(${cases.join(",")})`;
}

function printSteps(steps: readonly PathStep[]): string {
  let text = "";
  for (const step of steps) {
    if (text !== "" && !(step.kind === "call" && step.name === "")) text += "/";
    text += printStep(step);
  }
  return text;
}

function printStep(step: PathStep): string {
  switch (step.kind) {
    case "name":
      return step.name;
    case "call":
      return step.name + printArguments(step.parameters);
    case "count":
      return printCount(step);
    case "aggregate":
      return `aggregate(${printAggregation(step.of)})`;
    default:
      return step.predicate === undefined ? `${step.kind}()` : `${step.kind}(${step.variable ?? ""}:${printExpression(step.predicate)})`;
  }
}

/** Prints `(value)` or `(name=value,...)`. */
export function printArguments(parameters: readonly NamedArgument[]): string {
  return `(${parameters.map(({ name, value }) => (name === undefined ? "" : `${name}=`) + printExpression(value)).join(",")})`;
}

function printCount({ filter, search }: CountStep): string {
  const options = [filter === undefined ? [] : [`$filter=${printExpression(filter)}`], search === undefined ? [] : [`$search=${printSearch(search)}`]].flat();
  return options.length === 0 ? "$count" : `$count(${options.join(";")})`;
}

/** Prints an aggregation without its alias: `Amount with sum from Time with average`. */
export function printAggregation({ value, method, from }: Aggregation): string {
  const by = (name: string | undefined) => (name === undefined ? "" : ` with ${name}`);
  const steps = from.map((step) => ` from ${step.keys.map((key) => key.join("/")).join(",")}${by(step.method)}`);
  return printExpression(value) + by(method) + steps.join("");
}
