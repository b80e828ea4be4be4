import { isObject, isRawNumber, type Json, type JsonObject } from "../base/json.ts";
import type { ComplexType } from "../edm/types.ts";
import type { Expression, JsonLiteral } from "../odata/expression.ts";
import { literalFor } from "./bindLiteral.ts";
import { listsOf, subsequence } from "./bindSets.ts";
import { literalsOf } from "./literalsOf.ts";
import { bindProblem, type Scope } from "./scope.ts";
import type { ComplexPath, Typed } from "./typed.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import { later, type Back } from "./walk.ts";

/** Collections are equal when each is what is left of the other: the same items in the same order (OData 4.01 URL Conventions 5.1.1.1.1). */
export function compareCollections(sides: readonly [Expression, Expression], expression: { readonly at: number }, scope: Scope): Typed {
  const [left, right] = listsOf(sides, expression, scope);
  return { kind: "binary", type: "boolean", operator: "and", left: subsequence(left, right, scope), right: subsequence(right, left, scope) };
}

/** A complex value equals an object when each of its declared properties does; those that the object has not are null. */
export function compareObject(sides: readonly [Expression, Expression], scope: Scope, { expression: bind }: Back): Typed {
  const [object, other] = (sides[0].kind === "json" ? sides : [sides[1], sides[0]]) as readonly [JsonLiteral, Expression];
  const bound = other.kind === "json" ? undefined : bind(other, scope);
  if (bound?.typed.kind !== "complexIsNull") throw bindProblem(scope, other.at, "an object can only be compared with a complex value");
  return equals(bound.typed.path, { value: parse(object, scope), at: object.at }, scope);
}

function parse({ text, at }: JsonLiteral, scope: Scope): JsonObject {
  const [value] = literalsText(text) ?? [];
  if (isObject(value)) return value;
  throw later(scope, at, "an object literal with expressions in it");
}

function literalsText(text: string): readonly Json[] | undefined {
  try {
    return [
      JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
        typeof value === "number" ? JSON.rawJSON(context?.source ?? String(value)) : value,
      ) as Json,
    ];
  } catch {
    return undefined;
  }
}

interface Written {
  readonly value: JsonObject;
  readonly at: number;
}

function equals(path: ComplexPath, { value, at }: Written, scope: Scope): Typed {
  const { complex } = path;
  const names = Object.keys(value).filter((name) => !name.includes("@"));
  const unknown = names.find((name) => complex.allProperties.every((property) => property.name !== name));
  if (unknown !== undefined) throw bindProblem(scope, at, `'${unknown}' is no property of '${complex.name}'`);
  const isThere: Typed = { kind: "not", type: "boolean", operand: { kind: "complexIsNull", type: "boolean", path } };
  const tests = complex.allProperties.map((property) => equalsProperty(path, property, { value: value[property.name] ?? null, at }, scope));
  return tests.reduce((left, right): Typed => ({ kind: "binary", type: "boolean", operator: "and", left, right }), isThere);
}

function equalsProperty(
  { origin, steps: above }: ComplexPath,
  property: ComplexType["allProperties"][number],
  { value, at }: { readonly value: Json; readonly at: number },
  scope: Scope,
): Typed {
  const steps = [...above, property.name];
  const { type } = property;
  if (property.collection) throw later(scope, at, `an object literal of a type with the collection '${property.name}'`);
  if (type.kind === "complex") {
    const path: ComplexPath = { origin, steps, complex: type };
    if (value === null) return { kind: "complexIsNull", type: "boolean", path };
    if (isObject(value)) return equals(path, { value, at }, scope);
    throw bindProblem(scope, at, `'${property.name}' is no object`);
  }
  const scalar = scalarTypeOf(type);
  if (scalar === undefined || scalar === "untyped") throw later(scope, at, `an object literal with '${property.name}'`);
  const left: Typed = { kind: "path", type: scalar, path: { origin, steps, property, dynamic: false, type: scalar } };
  const [literal] = literalsOf({ kind: "json", text: `[${isRawNumber(value) ? value.rawJSON : JSON.stringify(value)}]`, at }) ?? [];
  if (literal === undefined) throw bindProblem(scope, at, `'${property.name}' is no plain value`);
  const enumType = type.kind === "enum" ? { enumType: type } : {};
  return { kind: "binary", type: "boolean", operator: "eq", left, right: literalFor(literal, { typed: left, ...enumType }, scope) };
}
