import { readInstant } from "../../src/base/instant.ts";
import { isObject, type Json, type JsonObject } from "../../src/base/json.ts";
import type { CollectionPath, RowsPath, ScalarPath, ScalarType, Typed } from "../../src/plan/typed.ts";

/** A value of the reference: null is also the unknown truth. */
type Value = string | number | null;

/** Where an expression is evaluated: the row, then the elements of the lambdas around it. */
type Places = readonly Json[];

/** OData's logic in plain code (OData 4.01 URL Conventions 5.1.1), over entities in memory: what the SQL must agree with. */
export function holds(filter: Typed, entity: JsonObject): boolean {
  return evaluate(filter, [entity], "boolean") === 1;
}

function evaluate(typed: Typed, places: Places, wanted: ScalarType = "untyped"): Value {
  switch (typed.kind) {
    case "literal":
      return typed.value as Value;
    case "path":
      return scalar(typed.path, places, wanted);
    case "element":
      return (places[typed.level] ?? null) as Value;
    case "complexIsNull":
      return truth(at(places[typed.path.origin.level], typed.path.steps) === null);
    case "not": {
      const operand = evaluate(typed.operand, places, "boolean");
      return operand === null ? null : 1 - Number(operand);
    }
    case "negate": {
      const operand = evaluate(typed.operand, places, "double");
      return operand === null ? null : -Number(operand);
    }
    case "binary":
      return binary(typed, places);
    case "in": {
      const type = typed.items.find((item) => item.type !== "null")?.type ?? "untyped";
      const left = evaluate(typed.left, places, type);
      return truth(typed.items.some((item) => evaluate(item, places, typed.left.type) === left));
    }
    case "call":
      return call(typed, places);
    case "any":
      return truth(
        elements(typed.source, places).some((element) => typed.predicate === undefined || evaluate(typed.predicate, [...places, element], "boolean") === 1),
      );
    case "all":
      return truth(elements(typed.source, places).every((element) => evaluate(typed.predicate!, [...places, element], "boolean") === 1));
    case "count":
      return elements(typed.source, places).filter(
        (element) => typed.predicate === undefined || evaluate(typed.predicate, [...places, element], "boolean") === 1,
      ).length;
    case "case": {
      const branch = typed.branches.find(({ when }) => evaluate(when, places, "boolean") === 1);
      return branch === undefined ? null : evaluate(branch.gives, places, typed.type === "untyped" ? wanted : typed.type);
    }
    default:
      throw new Error("not in the reference");
  }
}

const truth = (value: boolean): number => (value ? 1 : 0);

function at(from: Json | undefined, steps: readonly string[]): Json {
  let value: Json = from ?? null;
  for (const step of steps) value = isObject(value) && Object.hasOwn(value, step) ? value[step]! : null;
  return value;
}

function elements(source: CollectionPath | RowsPath, places: Places): readonly Json[] {
  if ("place" in source) throw new Error("not in the reference");
  const { origin, steps } = source;
  const value = at(places[origin.level], steps);
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function scalar({ origin, steps, type, property, dynamic }: ScalarPath, places: Places, wanted: ScalarType): Value {
  const value = at(places[origin.level], steps);
  if (dynamic) return dynamicValue(value, wanted);
  if (value === null) return null;
  if (property?.type.kind === "enum") return property.type.members.find((member) => member.name === value)?.value ?? null;
  if (type === "boolean") return truth(value === true);
  if (type === "dateTimeOffset") return readInstant(value as string) ?? null;
  return value as Value;
}

function dynamicValue(value: Json, wanted: ScalarType): Value {
  if (value === null) return null;
  if (wanted === "untyped" || wanted === "null") return typeof value === "boolean" ? truth(value) : typeof value === "object" ? JSON.stringify(value) : value;
  const fits = wanted === "boolean" ? "boolean" : ["int", "double", "decimal"].includes(wanted) ? "number" : "string";
  if (typeof value !== fits) return null;
  return typeof value === "boolean" ? truth(value) : (value as Value);
}

type Binary = Extract<Typed, { kind: "binary" }>;

function binary(typed: Binary, places: Places): Value {
  const wantedOf = (other: Typed): ScalarType => (other.type === "null" ? "untyped" : other.type);
  const logical = typed.operator === "and" || typed.operator === "or";
  const left = evaluate(typed.left, places, logical ? "boolean" : wantedOf(typed.right));
  const right = evaluate(typed.right, places, logical ? "boolean" : wantedOf(typed.left));
  switch (typed.operator) {
    case "and":
      return left === 0 || right === 0 ? 0 : left === null || right === null ? null : 1;
    case "or":
      return left === 1 || right === 1 ? 1 : left === null || right === null ? null : 0;
    case "eq":
      return truth(left === right);
    case "ne":
      return truth(left !== right);
    default:
      break;
  }
  const isComparison = ["gt", "ge", "lt", "le"].includes(typed.operator);
  if (left === null || right === null) return isComparison ? 0 : null;
  return isComparison ? compared(typed.operator, left, right) : computed(typed, Number(left), Number(right));
}

function compared(operator: string, left: string | number, right: string | number): Value {
  const order = typeof left === "string" ? Buffer.compare(Buffer.from(left), Buffer.from(String(right))) : left - Number(right);
  return truth(operator === "gt" ? order > 0 : operator === "ge" ? order >= 0 : operator === "lt" ? order < 0 : order <= 0);
}

function computed({ operator, left, right }: Binary, a: number, b: number): Value {
  switch (operator) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "mod":
      return b === 0 ? null : a % b;
    case "div":
      return b === 0 ? null : left.type === "int" && right.type === "int" ? Math.trunc(a / b) : a / b;
    default:
      throw new Error(`not in the reference: ${operator}`);
  }
}

function call({ name, arguments: given }: Extract<Typed, { kind: "call" }>, places: Places): Value {
  const values = given.map((argument) =>
    evaluate(
      argument,
      places,
      ["year", "month", "day", "date"].includes(name) ? "dateTimeOffset" : ["round", "floor", "ceiling"].includes(name) ? "double" : "string",
    ),
  );
  if (values.includes(null)) return null;
  const [a, b, c] = values as (string | number)[];
  const text = String(a);
  const simple: Record<string, () => Value> = {
    contains: () => truth(text.includes(String(b))),
    startswith: () => truth(text.startsWith(String(b))),
    endswith: () => truth(text.endsWith(String(b))),
    length: () => Array.from(text).length,
    indexof: () => (text.includes(String(b)) ? Array.from(text.slice(0, text.indexOf(String(b)))).length : -1),
    substring: () =>
      Array.from(text)
        .slice(Number(b), c === undefined ? undefined : Number(b) + Number(c))
        .join(""),
    concat: () => text + String(b),
    tolower: () => text.toLowerCase(),
    toupper: () => text.toUpperCase(),
    trim: () => text.trim(),
    year: () => Number(text.slice(0, 4)),
    month: () => Number(text.slice(5, 7)),
    day: () => Number(text.slice(8, 10)),
    round: () => Math.sign(Number(a)) * Math.round(Math.abs(Number(a))),
    floor: () => Math.floor(Number(a)),
    ceiling: () => Math.ceil(Number(a)),
  };
  return simple[name]!();
}
