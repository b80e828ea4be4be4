import { isRawNumber, type Json } from "../base/json.ts";
import type { JsonLiteral, Literal } from "../odata/expression.ts";

/** An array of strings, numbers, booleans and nulls, as the literals that they stand for; undefined for any other JSON, and for expressions in it. */
export function literalsOf({ text, at }: JsonLiteral): Literal[] | undefined {
  let values: Json;
  try {
    values = JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" ? JSON.rawJSON(context?.source ?? String(value)) : value,
    ) as Json;
  } catch {
    return undefined;
  }
  const literals = Array.isArray(values) ? values.map((value) => literalOf(value, at)) : [undefined];
  return literals.every((literal) => literal !== undefined) ? literals : undefined;
}

function literalOf(value: Json, at: number): Literal | undefined {
  if (value === null) return { kind: "literal", literal: "null", value: "null", at };
  if (typeof value === "string") return { kind: "literal", literal: "string", value, at };
  if (typeof value === "boolean") return { kind: "literal", literal: "boolean", value: String(value), at };
  if (!isRawNumber(value)) return undefined;
  const number = value.rawJSON;
  return { kind: "literal", literal: /^-?\d+$/.test(number) ? "integer" : "decimal", value: number, at };
}
