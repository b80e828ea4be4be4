import { problem } from "../base/errors.ts";
import type { ComplexPath, ScalarPath, ScalarType, Typed } from "../plan/typed.ts";
import { besideLong, neverEqual } from "./besideLong.ts";
import { literalDecimal, literalValue } from "./columnValue.ts";
import { compileCall } from "./compileCall.ts";
import { columnOf } from "./columnOf.ts";
import { compileArithmetic } from "./compileArithmetic.ts";
import { compileConverted } from "./compileConverted.ts";
import { compileLambda, compileRelated } from "./compileLambda.ts";
import { bodyTypeOf, branchesOf, compileAs, compileTogether, isArithmetic, kindOf } from "./compileOperands.ts";
import { compileSearch } from "./compileSearch.ts";
import { compileSubsequence } from "./compileSubsequence.ts";
import type { BodyStep, Dialect, ValueKind } from "./dialect.ts";
import { frameAt, type Frames } from "./frame.ts";
import { isOf } from "./isOf.ts";
import type { SideTable } from "./schema.ts";
import { joined, type Parameters } from "./sqlText.ts";

/** Where an expression stands: the row's table and alias, and what the lambdas around it stand for. */
export interface Context extends Frames {
  readonly dialect: Dialect;
  readonly parameters: Parameters;
  /** Kinds of columns that transformations made, by their ids. */
  readonly made?: ReadonlyMap<string, ValueKind>;
  /** The hub and the keys above all rows of the statement, where they are the same for all. */
  readonly owner?: () => readonly string[];
  /** `compileValue`, for what it calls. */
  readonly compile: (typed: Typed, context: Context, wanted: ScalarType) => string;
  /** `compileTest`, the same way. */
  readonly test: (typed: Typed, context: Context) => string;
}

/** The context of an expression about the rows of a table. */
export function contextOf(parameters: Parameters, { dialect, table }: Pick<Context, "dialect" | "table">, alias: string): Context {
  return { dialect, parameters, table, alias, lambdas: [], compile: compileValue, test: compileTest };
}

type Binary = Extract<Typed, { kind: "binary" }>;

/**
 * The expression as SQL with OData's logic (OData 4.01 URL Conventions 5.1.1.1): eq, ne and in are
 * never unknown, gt, ge, lt and le are false beside null; and, or, not and functions pass null on, which
 * is just what SQL does. `wanted` is the type that a dynamic property shall have.
 */
export function compileValue(typed: Typed, context: Context, wanted: ScalarType = "untyped"): string {
  const text = compiled(typed, context, wanted);
  if (text.length > longest) throw problem("badRequest", { what: "The expression is too complex." });
  return text;
}

/** Some forms repeat an operand; nested ones are cut off here before they grow. */
const longest = 250_000;

function literal(typed: Extract<Typed, { kind: "literal" }>, context: Context, wanted: ScalarType): string {
  const { type, value } = typed;
  const { dialect, parameters } = context;
  const kind = kindOf(typed, context, wanted);
  if (value === null) return dialect.nothing(kind);
  if (type === "boolean") return value === 1 ? dialect.yes : dialect.no;
  return parameters.add(kind === "decimal" ? literalDecimal(value) : literalValue(type, value), kind);
}

function compiled(typed: Typed, context: Context, wanted: ScalarType): string {
  switch (typed.kind) {
    case "literal":
      return literal(typed, context, wanted);
    case "path":
      return compilePath(typed.path, context, wanted);
    case "column":
      return `${context.alias}.${context.dialect.quote(typed.id)}`;
    case "element":
      return `${context.lambdas[typed.level - 1]!.alias}.${context.dialect.quote("value")}`;
    case "complexIsNull":
      return complexIsNull(typed.path, context);
    case "not":
      return `NOT (${compileValue(typed.operand, context, "boolean")})`;
    case "negate":
      return context.dialect.negate(compileAs(typed.operand, "numeric", context, "double"));
    case "binary":
      return compileBinary(typed, context);
    case "in":
      return compileIn(typed, context, false);
    case "call":
      return compileCall(typed, context);
    case "case":
      return compileCase(typed, context, wanted);
    case "any":
    case "all":
    case "count":
      return compileLambda(typed, context);
    case "related":
      return compileRelated(typed, context, wanted);
    case "isOf":
      return isOf([typed.entity.name, ...typed.entity.derived.map(({ name }) => name)], { ...context, alias: frameAt(context, typed.level).row });
    case "converted":
      return compileConverted(typed, context, wanted);
    case "search":
      return compileSearch(typed, context);
    case "subsequence":
      return compileSubsequence(typed, context);
  }
}

/** The expression as a condition, where false and unknown do the same: lets comparisons drive an index. */
export function compileTest(typed: Typed, context: Context): string {
  if (typed.kind === "binary") {
    if (typed.operator === "and" || typed.operator === "or") return chain(typed, context, compileTest);
    return compileComparison(typed, context, true);
  }
  if (typed.kind === "in") return compileIn(typed, context, true);
  if (typed.kind === "path") return `${compilePath(typed.path, context, "boolean")} = ${context.dialect.yes}`;
  return compileValue(typed, context, "boolean");
}

/** True unless the expression can be seen never to be null. */
function mayBeNull(typed: Typed): boolean {
  switch (typed.kind) {
    case "literal":
      return typed.value === null;
    case "any":
    case "all":
    case "count":
    case "isOf":
    case "in":
    case "complexIsNull":
    case "search":
    case "subsequence":
      return false;
    case "binary":
      return !["eq", "ne", "gt", "ge", "lt", "le"].includes(typed.operator);
    default:
      return true;
  }
}

/** A chain of one operator, flattened so that it can be balanced. */
function chain(typed: Binary, context: Context, compile: (typed: Typed, context: Context) => string): string {
  const operands: Typed[] = [];
  const collect = (one: Typed): void => {
    if (one.kind === "binary" && one.operator === typed.operator) [one.left, one.right].forEach(collect);
    else operands.push(one);
  };
  collect(typed);
  return `(${joined(
    typed.operator === "and" ? "AND" : "OR",
    operands.map((operand) => compile(operand, context)),
  )})`;
}

function compileBinary(typed: Binary, context: Context): string {
  const { operator } = typed;
  if (operator === "and" || operator === "or") return chain(typed, context, (one, inner) => compileValue(one, inner, "boolean"));
  return compileComparison(typed, context, false);
}

const comparisons: Readonly<Record<string, string>> = { gt: ">", ge: ">=", lt: "<", le: "<=" };

function compileComparison(given: Binary, context: Context, asTest: boolean): string {
  if (isArithmetic(given)) return compileArithmetic(given, context);
  const typed = besideLong(given, context);
  if (typed.kind !== "binary") return compileValue(typed, context, "boolean");
  const { operator, left, right } = typed;
  if (operator === "has") return compileHas(typed, context);
  if (operator === "eq" || operator === "ne") return compileEquality(typed, context, asTest);
  const [a, b] = compileSides(typed, context);
  const compared = `${a} ${comparisons[operator]} ${b}`;
  return asTest || (!mayBeNull(left) && !mayBeNull(right)) ? compared : `coalesce(${compared}, ${context.dialect.no})`;
}

function compileEquality(typed: Binary, context: Context, asTest: boolean): string {
  const { operator, left, right } = typed;
  const { dialect } = context;
  const [a, b] = compileSides(typed, context);
  if (isNull(left) || isNull(right)) return `(${isNull(right) ? a : b} IS ${operator === "eq" ? "" : "NOT "}NULL)`;
  if (operator === "ne") return `(${dialect.different(a, b)})`;
  return asTest && (!mayBeNull(left) || !mayBeNull(right)) ? `${a} = ${b}` : `(${dialect.same(a, b)})`;
}

const isNull = (typed: Typed): boolean => typed.kind === "literal" && typed.value === null;

function compileHas({ left, right }: Binary, context: Context): string {
  const [a, b] = [compileAs(left, "integer", context, "int"), compileAs(right, "integer", context, "int")];
  return `((${a} & ${b}) = ${b})`;
}

/** What a dynamic property shall be beside a value of a type. */
const wantedBeside = ({ type }: Typed): ScalarType => (type === "null" ? "untyped" : type);

/** Both operands; a dynamic property takes the type of what it is compared with. */
function compileSides({ left, right }: Pick<Binary, "left" | "right">, context: Context): [string, string] {
  const operands = [
    { typed: left, wanted: wantedBeside(right) },
    { typed: right, wanted: wantedBeside(left) },
  ];
  return compileTogether(operands, context) as [string, string];
}

function compileCase(typed: Extract<Typed, { kind: "case" }>, context: Context, wanted: ScalarType): string {
  const conditions = typed.branches.map(({ when }) => compileTest(when, context));
  const values = compileTogether(branchesOf(typed, wanted), context);
  return `CASE ${conditions.map((condition, index) => `WHEN ${condition} THEN ${values[index]!}`).join(" ")} END`;
}

function compileIn({ left, items: given }: Extract<Typed, { kind: "in" }>, context: Context, asTest: boolean): string {
  const items = given.filter((item) => !neverEqual(left, item, context));
  // Before anything is compiled: a parameter that no text uses cannot be bound.
  if (items.length === 0) return `(1 = 0)`;
  const isKnown = (item: Typed) => item.kind === "literal" && item.value !== null;
  // A dynamic property is of one type at a time, and null of any: each type among the items is a list of its own.
  const isOfAny = left.type === "untyped" || left.type === "null";
  const groups = Map.groupBy(items.filter(isKnown), (item) => (isOfAny ? bodyTypeOf(item.type) : undefined));
  const listed = [...groups.values()].map((group) => compileList(left, group, context));
  const exact = listed.map((text) => (asTest || !mayBeNull(left) ? text : `coalesce(${text}, ${context.dialect.no})`));
  const others = items
    .filter((item) => !isKnown(item))
    .map((item) => compileEquality({ kind: "binary", type: "boolean", operator: "eq", left, right: item }, context, false));
  const all = [...exact, ...others];
  return all.length === 1 && others.length === 0 ? all[0]! : `(${joined("OR", all)})`;
}

function compileList(left: Typed, items: readonly Typed[], context: Context): string {
  const [value, ...list] = compileTogether([{ typed: left, wanted: items[0]!.type }, ...items.map((typed) => ({ typed, wanted: left.type }))], context);
  return `${value} IN (${list.join(", ")})`;
}

function compilePath(path: ScalarPath, context: Context, wanted: ScalarType): string {
  if (path.dynamic) {
    const { dialect } = context;
    const type = bodyTypeOf(wanted);
    if (type === undefined) return dialect.nothing(kindOf({ kind: "path", type: "untyped", path }, context, wanted));
    return dialect.bodyMember(bodyOf(path, context), bodyPath(path, context), type);
  }
  const column = columnOf(path, context);
  const frame = frameAt(context, path.origin.level);
  const text = `${frame.alias}.${context.dialect.quote(column.name)}`;
  const { cast } = path;
  if (cast === undefined || column.key || column.types.size === 0) return text;
  const allowed = new Set([cast, ...cast.derived]);
  if ([...column.types].every((type) => allowed.has(type))) return text;
  const names = [...allowed].map(({ name }) => name);
  return `CASE WHEN ${isOf(names, { ...context, alias: frame.row })} THEN ${text} END`;
}

function bodyOf({ origin }: Pick<ScalarPath, "origin">, context: Context): string {
  return `${frameAt(context, origin.level).row}.${context.dialect.quote("body")}`;
}

/** The path to a member of the stored body: ordinals of lambdas are columns. */
function bodyPath({ origin, steps }: Pick<ScalarPath, "origin" | "steps">, context: Context): string {
  const { dialect, parameters } = context;
  const tail = steps.map((name): BodyStep => ({ name }));
  const { side, alias } = frameAt(context, origin.level);
  if (side === undefined) return dialect.bodyPath(tail, parameters);
  let ordinal = 0;
  const above = side.path.flatMap((name, index): BodyStep[] => {
    if (!isCollectionEnd(side, index, context)) return [{ name }];
    ordinal += 1;
    return [{ name }, { place: `${alias}.o${ordinal}` }];
  });
  return dialect.bodyPath([...above, ...tail], parameters);
}

function isCollectionEnd(side: SideTable, index: number, { lambdas }: Frames): boolean {
  if (index === side.path.length - 1) return true;
  const path = side.path.slice(0, index + 1).join("/");
  return lambdas.some((lambda) => lambda.side?.path.join("/") === path);
}

function complexIsNull(path: ComplexPath, context: Context): string {
  const { dialect } = context;
  return `(${dialect.bodyMember(bodyOf(path, context), bodyPath(path, context), "any")} IS NULL)`;
}
