import { problem } from "../base/errors.ts";
import type { CollectionPath, ComplexPath, ScalarPath, ScalarType, Typed } from "../plan/typed.ts";
import { literalValue } from "./columnValue.ts";
import { compileCall } from "./compileCall.ts";
import type { BodyType, Dialect } from "./dialect.ts";
import type { Column, SideTable, Table } from "./schema.ts";
import { joined, type Parameters } from "./sqlText.ts";

/** Where an expression stands: the row's table and alias, and the side tables of the lambdas around it (level 1 first). */
export interface Context {
  readonly dialect: Dialect;
  readonly parameters: Parameters;
  readonly table: Table;
  readonly alias: string;
  readonly lambdas: readonly { readonly side: SideTable; readonly alias: string }[];
}

type Binary = Extract<Typed, { kind: "binary" }>;
type Lambda = Extract<Typed, { kind: "any" | "all" | "count" }>;

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

function literal({ type, value }: Extract<Typed, { kind: "literal" }>, { dialect, parameters }: Context): string {
  if (value === null) return "NULL";
  if (type === "boolean") return value === 1 ? dialect.yes : dialect.no;
  return parameters.add(literalValue(type, value));
}

function compiled(typed: Typed, context: Context, wanted: ScalarType): string {
  switch (typed.kind) {
    case "literal":
      return literal(typed, context);
    case "path":
      return compilePath(typed.path, context, wanted);
    case "element":
      return `${context.lambdas[typed.level - 1]!.alias}.${context.dialect.quote("value")}`;
    case "complexIsNull":
      return complexIsNull(typed.path, context);
    case "not":
      return `NOT (${compileValue(typed.operand, context, "boolean")})`;
    case "negate":
      return `(-${compileValue(typed.operand, context, "double")})`;
    case "binary":
      return compileBinary(typed, context);
    case "in":
      return compileIn(typed, context, false);
    case "call":
      return compileCall(typed, (argument, type) => compileValue(argument, context, type), context);
    case "any":
    case "all":
    case "count":
      return compileLambda(typed, context);
    case "isOf":
      return isOf([typed.entity.name, ...typed.entity.derived.map(({ name }) => name)], context);
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

function compileComparison(typed: Binary, context: Context, asTest: boolean): string {
  const { operator, left, right } = typed;
  if (operator in arithmetic) return arithmetic[operator]!(typed, context);
  const [a, b] = compileSides(typed, context);
  if (operator === "has") return `((${a} & ${b}) = ${b})`;
  const sure = !mayBeNull(left) || !mayBeNull(right);
  if (operator === "eq") return asTest && sure && b !== "NULL" && a !== "NULL" ? `${a} = ${b}` : `(${context.dialect.same(a, b)})`;
  if (operator === "ne") return `(${context.dialect.different(a, b)})`;
  const compared = `${a} ${comparisons[operator]} ${b}`;
  return asTest || (!mayBeNull(left) && !mayBeNull(right)) ? compared : `coalesce(${compared}, ${context.dialect.no})`;
}

/** Both operands; a dynamic property takes the type of what it is compared with. */
function compileSides({ operator, left, right }: Binary, context: Context): [string, string] {
  const wantedOf = (other: Typed): ScalarType => (other.type === "null" ? "untyped" : other.type);
  const number = operator === "has" ? "int" : undefined;
  const side = (one: Typed, wanted: ScalarType): string => {
    const text = compileValue(one, context, wanted);
    return one.type === "boolean" && one.kind !== "path" && one.kind !== "literal" ? `(${text})` : text;
  };
  return [side(left, number ?? wantedOf(right)), side(right, number ?? wantedOf(left))];
}

type Arithmetic = (typed: Binary, context: Context) => string;
const plain =
  (sign: string): Arithmetic =>
  ({ left, right }, context) =>
    `(${compileValue(left, context, "double")} ${sign} ${compileValue(right, context, "double")})`;

const arithmetic: Readonly<Record<string, Arithmetic>> = {
  add: plain("+"),
  sub: plain("-"),
  mul: plain("*"),
  div({ left, right }, context) {
    const { toInteger, toReal } = context.dialect;
    const cast = left.type === "int" && right.type === "int" ? toInteger : toReal;
    return divided(cast(compileValue(left, context, "double")), cast(compileValue(right, context, "double")));
  },
  divby({ left, right }, context) {
    const { toReal } = context.dialect;
    return divided(toReal(compileValue(left, context, "double")), toReal(compileValue(right, context, "double")));
  },
  mod({ left, right }, context) {
    return context.dialect.modulo(compileValue(left, context, "double"), `nullif(${compileValue(right, context, "double")}, 0)`);
  },
};

/** Division by zero yields null on every engine. */
const divided = (left: string, right: string): string => `(${left} / nullif(${right}, 0))`;

function compileIn({ left, items }: Extract<Typed, { kind: "in" }>, context: Context, asTest: boolean): string {
  // Before anything is compiled: a parameter that no text uses cannot be bound.
  if (items.length === 0) return `(1 = 0)`;
  const type = items.find((item) => item.type !== "null")?.type ?? "untyped";
  const value = left.type === "boolean" && left.kind !== "path" ? `(${compileValue(left, context, type)})` : compileValue(left, context, type);
  const isKnown = (item: Typed) => item.kind === "literal" && item.value !== null;
  const known = items.filter(isKnown).map((item) => compileValue(item, context));
  const others = items.filter((item) => !isKnown(item)).map((item) => `(${context.dialect.same(value, compileValue(item, context, left.type))})`);
  if (known.length === 0) return `(${joined("OR", others)})`;
  const listed = `${value} IN (${known.join(", ")})`;
  const exact = asTest || !mayBeNull(left) ? listed : `coalesce(${listed}, ${context.dialect.no})`;
  return others.length === 0 ? exact : `(${joined("OR", [exact, ...others])})`;
}

const bodyTypes: Partial<Record<ScalarType, BodyType>> = {
  untyped: "any",
  null: "any",
  boolean: "boolean",
  dateTimeOffset: "instant",
  int: "number",
  double: "number",
  decimal: "number",
  enum: "number",
};

function compilePath(path: ScalarPath, context: Context, wanted: ScalarType): string {
  if (path.dynamic) {
    const { dialect } = context;
    return dialect.bodyMember(`${context.alias}.${dialect.quote("body")}`, bodyPath(path, context), bodyTypes[wanted] ?? "text");
  }
  const column = columnOf(path, context);
  const text = `${aliasOf(path, context)}.${context.dialect.quote(column.name)}`;
  const { cast } = path;
  if (cast === undefined || column.key || column.types.size === 0) return text;
  const allowed = new Set([cast, ...cast.derived]);
  if ([...column.types].every((type) => allowed.has(type))) return text;
  return `CASE WHEN ${isOf(
    [...allowed].map(({ name }) => name),
    context,
  )} THEN ${text} END`;
}

function aliasOf({ origin }: ScalarPath, context: Context): string {
  return origin.level === 0 ? context.alias : context.lambdas[origin.level - 1]!.alias;
}

/** The column of a declared path. */
export function columnOf(path: ScalarPath, context: Pick<Context, "table" | "lambdas">): Column {
  const key = path.steps.join("/");
  const { level } = path.origin;
  const found = level === 0 ? (context.table.byPath.get(key) ?? []) : context.lambdas[level - 1]!.side.columns.filter((one) => one.steps.join("/") === key);
  const column = found.find((one) => one.property === path.property) ?? found.find((one) => one.property.type === path.property?.type) ?? found[0];
  if (column === undefined) throw problem("notImplemented", { what: `'${key}' cannot be used in an expression.` });
  return column;
}

/** The text of a JSON path in the stored body, as an expression: ordinals of lambdas are columns. */
function bodyPath({ origin, steps }: Pick<ScalarPath, "origin" | "steps">, { lambdas, parameters }: Context): string {
  const tail = steps.map(pathStep).join("");
  if (origin.level === 0) return parameters.add(`$${tail}`);
  const { side, alias } = lambdas[origin.level - 1]!;
  const parts: string[] = [];
  let text = "$";
  let ordinal = 0;
  for (const [index, step] of side.path.entries()) {
    text += pathStep(step);
    if (!isCollectionEnd(side, index, lambdas)) continue;
    ordinal += 1;
    parts.push(parameters.add(`${text}[`), `${alias}.o${ordinal}`);
    text = "]";
  }
  return `(${[...parts, parameters.add(`${text}${tail}`)].join(" || ")})`;
}

/** A name of a JSON path; one with a quote or backslash cannot be written there and finds nothing. */
function pathStep(name: string): string {
  return /["\\]/.test(name) ? '."\u0001"' : `."${name}"`;
}

function isCollectionEnd(side: SideTable, index: number, lambdas: Context["lambdas"]): boolean {
  if (index === side.path.length - 1) return true;
  const path = side.path.slice(0, index + 1).join("/");
  return lambdas.some((lambda) => lambda.side.path.join("/") === path);
}

function complexIsNull(path: ComplexPath, context: Context): string {
  const { dialect } = context;
  return `(${dialect.bodyMember(`${context.alias}.${dialect.quote("body")}`, bodyPath(path, context), "any")} IS NULL)`;
}

/** A condition on the row's own type. */
export function isOf(names: readonly string[], { dialect, alias, parameters }: Pick<Context, "dialect" | "alias" | "parameters">): string {
  const type = `${alias}.${dialect.quote("type")}`;
  const places = names.map((name) => parameters.add(name));
  return places.length === 1 ? `${type} = ${places[0]}` : `${type} IN (${places.join(", ")})`;
}

/** The side table of a collection reached from its origin. */
export function sideOf({ origin, steps, property }: CollectionPath, { table, lambdas }: Pick<Context, "table" | "lambdas">): SideTable {
  const above = origin.level === 0 ? [] : lambdas[origin.level - 1]!.side.path;
  const path = [...above, ...steps].join("/");
  const found = table.sides.filter((side) => side.path.join("/") === path);
  const side = found.find((one) => one.property === property) ?? found.find((one) => one.property.type === property.type) ?? found[0];
  if (side === undefined) throw problem("notImplemented", { what: `'${path}' cannot be used in an expression.` });
  return side;
}

function compileLambda(typed: Lambda, context: Context): string {
  const { dialect } = context;
  const side = sideOf(typed.source, context);
  const alias = `s${context.lambdas.length + 1}`;
  const inner: Context = { ...context, lambdas: [...context.lambdas, { side, alias }] };
  const conditions = links(typed.source, inner, alias);
  if (typed.predicate !== undefined)
    conditions.push(typed.kind === "all" ? `(${compileValue(typed.predicate, inner, "boolean")}) IS NOT TRUE` : `(${compileTest(typed.predicate, inner)})`);
  const from = `FROM ${dialect.quote(side.name)} AS ${alias} WHERE ${conditions.join(" AND ")}`;
  if (typed.kind === "count") return `(SELECT count(*) ${from})`;
  return typed.kind === "any" ? `EXISTS (SELECT 1 ${from})` : `NOT EXISTS (SELECT 1 ${from})`;
}

/** Ties the elements to their row, and to the element of the lambda that they are reached from. */
function links({ origin }: CollectionPath, context: Context, alias: string): string[] {
  const { dialect, table } = context;
  const above = origin.level === 0 ? undefined : context.lambdas[origin.level - 1]!;
  const owner = above?.alias ?? context.alias;
  const ordinals = Array.from({ length: above?.side.ordinals ?? 0 }, (_, index) => `o${index + 1}`);
  return ["hub", ...table.parents, "n", ...ordinals].map((name) => `${alias}.${dialect.quote(name)} = ${owner}.${dialect.quote(name)}`);
}
