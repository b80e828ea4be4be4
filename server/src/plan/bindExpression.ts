import type { Binary, Call, Expression, In, Unary } from "../odata/expression.ts";
import { bindLiteral, literalFor } from "./bindLiteral.ts";
import { bindCollectionPath, bindPath } from "./bindPath.ts";
import { literalsOf } from "./literalsOf.ts";
import { familyOf, functions } from "./functions.ts";
import { bindProblem, type Bound, type MadeNames, type Scope } from "./scope.ts";
import type { CollectionPath, ScalarType, Typed, TypedOperator } from "./typed.ts";
import { later } from "./walk.ts";

/** Binds an expression that must be true, false or null: a `$filter` or a lambda's predicate. */
export function bindPredicate(expression: Expression, scope: Scope): Typed {
  const { typed } = bindExpression(expression, scope);
  if (isComplex(expression, typed)) throw bindProblem(scope, expression.at, "expected a condition, got a complex value");
  if (typed.type !== "boolean" && typed.type !== "null" && typed.type !== "untyped") {
    throw bindProblem(scope, expression.at, `expected a condition, got a value of type ${typed.type}`);
  }
  return typed;
}

/**
 * Types an expression against the model (OData 4.01 URL Conventions 5.1.1). Throws `badRequest` naming
 * option and position for unknown properties, operands that cannot be compared, wrong arguments; and
 * `notImplemented` for parts of the language that are not served.
 */
export function bindExpression(expression: Expression, scope: Scope): Bound {
  switch (expression.kind) {
    case "literal":
      return { typed: bindLiteral(expression, scope) };
    case "path":
      return bindPath(expression, scope, bindPredicate);
    case "not":
    case "negate":
      return bindUnary(expression, scope);
    case "binary":
      return { typed: bindBinary(expression, scope) };
    case "in":
      return { typed: bindIn(expression, scope) };
    case "call":
      return { typed: bindCall(expression, scope) };
    case "alias":
      return bindExpression(aliased(expression.name, expression.at, scope), scope);
    case "list":
      throw bindProblem(scope, expression.at, "a list may only stand behind 'in'");
    case "json":
      throw later(scope, expression.at, "a collection or object literal in this place");
  }
}

function aliased(name: string, at: number, scope: Scope): Expression {
  const value = scope.aliases.get(name);
  if (value === undefined) throw bindProblem(scope, at, `the parameter alias ${name} has no value`);
  if (value.kind === "alias") throw bindProblem(scope, at, `the parameter alias ${name} names another alias`);
  return value;
}

function bindUnary(expression: Unary, scope: Scope): Bound {
  if (expression.kind === "not") {
    return { typed: { kind: "not", type: "boolean", operand: bindPredicate(expression.operand, scope) } };
  }
  const { typed } = bindExpression(expression.operand, scope);
  requireNumber(typed, expression.operand, scope);
  return { typed: { kind: "negate", type: typed.type, operand: typed } };
}

function requireNumber(typed: Typed, expression: Expression, scope: Scope): void {
  const family = familyOf(typed.type);
  if (family !== "number" && family !== "duration" && family !== "any") {
    throw bindProblem(scope, expression.at, `expected a number, got a value of type ${typed.type}`);
  }
}

const arithmetic = new Set<TypedOperator>(["add", "sub", "mul", "div", "divby", "mod"]);

function bindBinary(expression: Binary, scope: Scope): Typed {
  const { operator } = expression;
  if (operator === "and" || operator === "or") {
    const left = bindPredicate(expression.left, scope);
    return { kind: "binary", type: "boolean", operator, left, right: bindPredicate(expression.right, scope) };
  }
  if (arithmetic.has(operator)) return bindArithmetic(expression, scope);
  const { left, right } = bindPair(expression, scope);
  if (isComplex(expression.left, left) || isComplex(expression.right, right)) return compareComplex(expression, left, right, scope);
  requireComparable(left, right, expression, scope);
  return { kind: "binary", type: "boolean", operator, left, right };
}

function bindArithmetic(expression: Binary, scope: Scope): Typed {
  const left = bindExpression(expression.left, scope).typed;
  const right = bindExpression(expression.right, scope).typed;
  requireNumber(left, expression.left, scope);
  requireNumber(right, expression.right, scope);
  const isInt = left.type === "int" && right.type === "int" && expression.operator !== "divby";
  const isDuration = left.type === "duration" || right.type === "duration";
  return { kind: "binary", type: isDuration ? "duration" : isInt ? "int" : "double", operator: expression.operator, left, right };
}

/** Binds both sides; a literal takes the meaning that the other side gives it (enum member, quoted instant). */
function bindPair(expression: Binary, scope: Scope): { left: Typed; right: Typed } {
  const { left, right } = expression;
  const isText = right.kind === "literal" && right.literal === "string";
  if (left.kind === "literal" && !isText) {
    const other = bindExpression(right, scope);
    return { left: literalFor(left, other, scope), right: other.typed };
  }
  const bound = bindExpression(left, scope);
  const other = right.kind === "alias" ? aliased(right.name, right.at, scope) : right;
  const typed = other.kind === "literal" ? literalFor(other, bound, scope) : bindExpression(other, scope).typed;
  return { left: bound.typed, right: typed };
}

/** A path that ends at a complex value: it has no value to compare, it can only be null or not. */
function isComplex(expression: Expression, typed: Typed): boolean {
  return expression.kind === "path" && typed.kind === "complexIsNull";
}

function compareComplex(expression: Binary, left: Typed, right: Typed, scope: Scope): Typed {
  const [complex, other] = isComplex(expression.left, left) ? [left, right] : [right, left];
  const isNull = other.kind === "literal" && other.type === "null";
  if (!isNull || (expression.operator !== "eq" && expression.operator !== "ne")) {
    throw bindProblem(scope, expression.at, "a complex value can only be compared with null, by eq or ne");
  }
  return expression.operator === "eq" ? complex : { kind: "not", type: "boolean", operand: complex };
}

function requireComparable(left: Typed, right: Typed, expression: Binary, scope: Scope): void {
  if (expression.operator === "has" && left.type !== "enum") {
    throw bindProblem(scope, expression.at, "'has' needs an enumeration on its left");
  }
  const [a, b] = [familyOf(left.type), familyOf(right.type)];
  if (a === b || a === "any" || b === "any") return;
  throw bindProblem(scope, expression.at, `a value of type ${left.type} cannot be compared with a value of type ${right.type} by '${expression.operator}'`);
}

function bindIn(expression: In, scope: Scope): Typed {
  const left = bindExpression(expression.left, scope);
  const right = expression.right.kind === "alias" ? aliased(expression.right.name, expression.right.at, scope) : expression.right;
  const collection = right.kind === "path" ? bindCollectionPath(right, scope) : undefined;
  if (collection !== undefined && collection.element === "scalar") return bindInCollection(expression, { left, collection }, scope);
  const literals = right.kind === "list" ? right.items : right.kind === "json" ? literalsOf(right) : undefined;
  if (literals === undefined) throw later(scope, right.at, "'in' with something else than a list of literals");
  const items = literals.map((item) => {
    const typed = item.kind === "literal" ? literalFor(item, left, scope) : bindExpression(item, scope).typed;
    requireComparable(left.typed, typed, { ...expression, kind: "binary", operator: "eq", right: item }, scope);
    return typed;
  });
  return { kind: "in", type: "boolean", left: left.typed, items };
}

/** `x in tags`: some element equals x. */
function bindInCollection(expression: In, { left, collection }: { readonly left: Bound; readonly collection: CollectionPath }, scope: Scope): Typed {
  const level = scope.variables.length + 1;
  const right = { kind: "element", type: collection.elementType as ScalarType, level } as const;
  const { type } = collection.property;
  const other: Bound = { typed: right, ...(type.kind === "enum" ? { enumType: type } : {}) };
  const value = expression.left.kind === "literal" ? literalFor(expression.left, other, scope) : left.typed;
  requireComparable(value, right, { ...expression, kind: "binary", operator: "eq", right: expression.left }, scope);
  return { kind: "any", type: "boolean", source: collection, level, predicate: { kind: "binary", type: "boolean", operator: "eq", left: value, right } };
}

/** `isof(microsoft.graph.x)`: whether the row is of this type or of one derived from it. Throws for what is no type of the rows. */
function bindIsOf(argument: Expression, scope: Scope): Typed {
  const [first] = argument.kind === "path" ? argument.segments : [];
  const name = first?.kind === "name" ? first.name : "";
  const entity = scope.model.findType(name);
  if (entity?.kind === "entity" && (entity === scope.type || scope.type.derived.includes(entity))) return { kind: "isOf", type: "boolean", entity };
  throw bindProblem(scope, argument.at, `'${name}' is not '${scope.type.name}' or a type derived from it`);
}

/** `case(condition:value,...)`: the value behind the first condition that is true, else null (OData 4.01 URL Conventions 5.1.1.11). */
function bindCase(expression: Call, scope: Scope): Typed {
  const values: Typed[] = [];
  const branches: Extract<Typed, { kind: "case" }>["branches"][number][] = [];
  for (let index = 0; index + 1 < expression.arguments.length; index += 2) {
    const value = expression.arguments[index + 1]!;
    const { typed } = bindExpression(value, scope);
    if (isComplex(value, typed)) throw bindProblem(scope, value.at, "expected a value, got a complex value");
    const first = values.find(({ type }) => familyOf(type) !== "any");
    if (first !== undefined && familyOf(typed.type) !== "any" && (familyOf(first.type) !== familyOf(typed.type) || isEnum(first) !== isEnum(typed))) {
      throw bindProblem(scope, value.at, `'case' gives a value of type ${first.type} elsewhere, and here one of type ${typed.type}`);
    }
    values.push(typed);
    branches.push({ when: bindPredicate(expression.arguments[index]!, scope), gives: typed });
  }
  return { kind: "case", type: commonType(values), branches };
}

const isEnum = ({ type }: Typed): boolean => type === "enum";

/** A dynamic value takes the type of the others. */
function commonType(values: readonly Typed[]): ScalarType {
  const types = values.map(({ type }) => type).filter((type) => type !== "null");
  const [first, ...others] = new Set(types.filter((type) => type !== "untyped"));
  if (first === undefined) return types.length > 0 ? "untyped" : "null";
  if (others.length === 0) return first;
  return familyOf(first) === "number" ? "double" : "string";
}

/** `isdefined(path)`: whether rows of `$apply` have a value of this name (Data Aggregation 4.0, section 3.7). */
function bindIsDefined(argument: Expression, made: MadeNames, scope: Scope): Typed {
  const names = argument.kind === "path" ? argument.segments.flatMap((step) => (step.kind === "name" ? [step.name] : [])) : [];
  if (argument.kind !== "path" || names.length !== argument.segments.length)
    throw bindProblem(scope, argument.at, "'isdefined' expects the path of a property");
  return made.isDefined(names, argument.at);
}

function bindCall(expression: Call, scope: Scope): Typed {
  if (expression.name === "case") return bindCase(expression, scope);
  const [only, ...others] = expression.arguments;
  if (expression.name === "isdefined" && scope.made !== undefined) return bindIsDefined(only!, scope.made, scope);
  if (expression.name === "isof" && scope.made?.alone === true) throw bindProblem(scope, expression.at, "what has been aggregated is of no type");
  if (expression.name === "isof" && only !== undefined && others.length === 0 && scope.variables.length === 0) return bindIsOf(only, scope);
  const signature = functions.get(expression.name);
  if (signature === undefined) throw later(scope, expression.at, `the function '${expression.name}'`);
  const { takes, optional = 0, gives, name } = signature;
  const count = expression.arguments.length;
  if (count > takes.length || count < takes.length - optional) {
    throw bindProblem(scope, expression.at, `'${name}' takes ${takes.length} arguments, got ${count}`);
  }
  const bound = expression.arguments.map((argument, index) => {
    const { typed } = bindExpression(argument, scope);
    const family = familyOf(typed.type);
    if (typed.type === "enum" || (family !== "any" && !takes[index]!.includes(family))) {
      const wanted = takes[index]!.join(" or ");
      throw bindProblem(scope, argument.at, `'${name}' expects ${wanted} here, got a value of type ${typed.type}`);
    }
    return typed;
  });
  return { kind: "call", type: gives, name, arguments: bound };
}
