import type { Binary, Call, Expression, In, Path, Unary } from "../odata/expression.ts";
import { arithmetic, bindArithmetic, requireOperand } from "./bindArithmetic.ts";
import { bindCast, bindIsOf } from "./bindCast.ts";
import { bindCanonical } from "./bindCanonical.ts";
import { inside } from "./bindCollection.ts";
import { bindLiteral, literalFor } from "./bindLiteral.ts";
import { bindCollectionPath, bindPath } from "./bindPath.ts";
import { besideOuter } from "./bindOuter.ts";
import { bindSets } from "./bindSets.ts";
import { compareCollections, compareObject } from "./bindStructures.ts";
import { literalsOf } from "./literalsOf.ts";
import { familyOf } from "./functions.ts";
import { bindProblem, type Bound, type MadeNames, type Scope } from "./scope.ts";
import type { CollectionPath, ScalarType, Typed } from "./typed.ts";
import { later } from "./walk.ts";

/** Binds an expression that must be true, false or null: a `$filter` or a lambda's predicate. */
export function bindPredicate(expression: Expression, scope: Scope): Typed {
  const { typed, isNullTest } = bindExpression(expression, scope);
  if (isNullTest === true) throw bindProblem(scope, expression.at, "expected a condition, got a complex value or an entity");
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
      return { typed: beside([expression.right], scope, (there) => bindIn(expression, there)) ?? bindIn(expression, scope) };
    case "call":
      return bindFunction(expression, scope);
    case "alias":
      return bindExpression(aliased(expression.name, expression.at, scope), scope);
    case "list":
      throw bindProblem(scope, expression.at, "a list may only stand behind 'in'");
    case "json":
      throw bindProblem(scope, expression.at, "a collection or an object can only be compared by eq, ne and in, and be given to hassubset and hassubsequence");
  }
}

function aliased(name: string, at: number, scope: Scope): Expression {
  const value = scope.aliases.get(name);
  if (value === undefined) throw bindProblem(scope, at, `the parameter alias ${name} has no value`);
  if (value.kind === "alias") throw bindProblem(scope, at, `the parameter alias ${name} names another alias`);
  return value;
}

function resolved(expression: Expression, scope: Scope): Expression {
  return expression.kind === "alias" ? aliased(expression.name, expression.at, scope) : expression;
}

/** What compares a collection of the row that `$it` means within `$expand`. */
function beside(operands: readonly Expression[], scope: Scope, bind: (scope: Scope) => Typed): Typed | undefined {
  if (scope.outer === undefined) return undefined;
  const isCollection = (path: Path, there: Scope): boolean => bindCollectionPath(path, there) !== undefined;
  const written = operands.map((one) => resolved(one, scope));
  return besideOuter(written, scope, { isCollection, bind });
}

function bindUnary(expression: Unary, scope: Scope): Bound {
  if (expression.kind === "not") {
    return { typed: { kind: "not", type: "boolean", operand: bindPredicate(expression.operand, scope) } };
  }
  const { typed } = bindExpression(expression.operand, scope);
  requireOperand(typed, expression.operand, scope);
  const family = familyOf(typed.type);
  if (family === "instant" || family === "date") throw bindProblem(scope, expression.operand.at, `expected a number, got a value of type ${typed.type}`);
  return { typed: { kind: "negate", type: typed.type, operand: typed } };
}

function bindBinary(expression: Binary, scope: Scope): Typed {
  const { operator } = expression;
  if (operator === "and" || operator === "or") {
    const left = bindPredicate(expression.left, scope);
    return { kind: "binary", type: "boolean", operator, left, right: bindPredicate(expression.right, scope) };
  }
  if (arithmetic.has(operator)) return bindArithmetic(expression, bindPair(expression, scope), scope);
  const structures = bindStructures(expression, scope);
  if (structures !== undefined) return structures;
  const { left, right, nulls } = bindPair(expression, scope);
  if (nulls.left || nulls.right) return compareWithNull(expression, { left, right, isLeft: nulls.left }, scope);
  requireComparable(left, right, expression, scope);
  return { kind: "binary", type: "boolean", operator, left, right };
}

/** eq and ne of collections and objects; undefined for all else. */
function bindStructures(expression: Binary, scope: Scope): Typed | undefined {
  const within = beside([expression.left, expression.right], scope, (there) => bindStructures(expression, there)!);
  if (within !== undefined) return within;
  const { operator } = expression;
  const sides = [resolved(expression.left, scope), resolved(expression.right, scope)] as const;
  if (!sides.some((side) => side.kind === "json" || (side.kind === "path" && bindCollectionPath(side, scope) !== undefined))) return undefined;
  if (operator !== "eq" && operator !== "ne") throw bindProblem(scope, expression.at, `collections and objects cannot be compared by '${operator}'`);
  const back = { predicate: bindPredicate, expression: bindExpression };
  const isObject = sides.some((side) => side.kind === "json" && side.text.startsWith("{"));
  const equal = isObject ? compareObject(sides, scope, back) : compareCollections(sides, expression, scope);
  return operator === "eq" ? equal : { kind: "not", type: "boolean", operand: equal };
}

/** Binds both sides; a literal takes the meaning that the other side gives it (enum member, quoted instant). */
function bindPair(expression: Binary, scope: Scope): { left: Typed; right: Typed; nulls: { left: boolean; right: boolean } } {
  const left = resolved(expression.left, scope);
  const right = resolved(expression.right, scope);
  const isText = right.kind === "literal" && right.literal === "string";
  if (left.kind === "literal" && !isText) {
    const other = bindExpression(right, scope);
    return { left: literalFor(left, other, scope), right: other.typed, nulls: { left: false, right: other.isNullTest === true } };
  }
  const bound = bindExpression(left, scope);
  const other = right.kind === "literal" ? { typed: literalFor(right, bound, scope) } : bindExpression(right, scope);
  return { left: bound.typed, right: other.typed, nulls: { left: bound.isNullTest === true, right: "isNullTest" in other } };
}

interface Compared {
  readonly left: Typed;
  readonly right: Typed;
  /** The left side is the complex value or entity. */
  readonly isLeft: boolean;
}

/** A complex value or an entity has nothing to compare: it can only be null or not. */
function compareWithNull({ operator, at }: Binary, { left, right, isLeft }: Compared, scope: Scope): Typed {
  const [test, other] = isLeft ? [left, right] : [right, left];
  const isNull = other.kind === "literal" && other.type === "null";
  if (!isNull || (operator !== "eq" && operator !== "ne")) {
    throw bindProblem(scope, at, "a complex value can only be compared with null, by eq or ne, and with an object literal; an entity only with null");
  }
  return operator === "eq" ? test : { kind: "not", type: "boolean", operand: test };
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
  const right = resolved(expression.right, scope);
  const collection = right.kind === "path" ? bindCollectionPath(right, scope) : undefined;
  // Beside an element of the collection, which has a level of its own.
  const left = bindExpression(expression.left, collection?.element === "scalar" ? inside(collection, "", scope) : scope);
  if (left.isNullTest === true) throw bindProblem(scope, expression.left.at, "expected a value before 'in', got a complex value or an entity");
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

/** `case(condition:value,...)`: the value behind the first condition that is true, else null (OData 4.01 URL Conventions 5.1.1.11). */
function bindCase(expression: Call, scope: Scope): Typed {
  const values: Typed[] = [];
  const branches: Extract<Typed, { kind: "case" }>["branches"][number][] = [];
  for (let index = 0; index + 1 < expression.arguments.length; index += 2) {
    const value = expression.arguments[index + 1]!;
    const { typed, isNullTest } = bindExpression(value, scope);
    if (isNullTest === true) throw bindProblem(scope, value.at, "expected a value, got a complex value");
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
  if (familyOf(first) !== "number") return "string";
  return types.includes("double") ? "double" : "decimal";
}

/** `isdefined(path)`: whether rows of `$apply` have a value of this name (Data Aggregation 4.0, section 3.7). */
function bindIsDefined(argument: Expression, made: MadeNames, scope: Scope): Typed {
  const names = argument.kind === "path" ? argument.segments.flatMap((step) => (step.kind === "name" ? [step.name] : [])) : [];
  if (argument.kind !== "path" || names.length !== argument.segments.length)
    throw bindProblem(scope, argument.at, "'isdefined' expects the path of a property");
  return made.isDefined(names, argument.at);
}

function bindFunction(expression: Call, scope: Scope): Bound {
  const { name, at } = expression;
  if (name === "isdefined" && scope.made !== undefined) return { typed: bindIsDefined(expression.arguments[0]!, scope.made, scope) };
  if (name === "isof" && expression.arguments.length === 1 && scope.made?.alone === true)
    throw bindProblem(scope, at, "what has been aggregated is of no type");
  switch (name) {
    case "case":
      return { typed: bindCase(expression, scope) };
    case "cast":
      return bindCast(expression, scope, bindExpression);
    case "isof":
      return { typed: bindIsOf(expression, scope, bindExpression) };
    case "hassubset":
    case "hassubsequence":
      return { typed: beside(expression.arguments, scope, (there) => bindSets(expression, there, resolved)) ?? bindSets(expression, scope, resolved) };
    default:
      return { typed: bindCanonical({ ...expression, arguments: expression.arguments.map((argument) => resolved(argument, scope)) }, scope, bindExpression) };
  }
}
