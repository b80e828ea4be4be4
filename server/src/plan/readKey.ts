import { problem, type Problem } from "../base/errors.ts";
import { isRawNumber, type Json } from "../base/json.ts";
import { keyTextOf } from "../edm/keyText.ts";
import type { EntityType, Property } from "../edm/types.ts";
import type { Expression, Literal } from "../odata/expression.ts";
import type { Segment } from "../odata/options.ts";
import { readScalar, type ReadValue } from "./readValue.ts";

/**
 * The key in parentheses behind a collection (OData URL Conventions 4.3.1): `('x')`, `(5)`, `(id='x')` or `(a=1,b='x')` in any
 * order, as the text by which the row is known. Throws `badRequest` for a part that is missing, unknown or of another type.
 */
export function readKey(type: EntityType, segment: Segment): string {
  const given = segment.arguments ?? [];
  const [first] = given;
  const names = given.map(({ name }) => (name === undefined ? undefined : type.key.find((one) => one.toLowerCase() === name.toLowerCase())));
  const isPositional = given.length === 1 && first!.name === undefined && type.key.length === 1;
  const isWhole = isPositional || (given.length === type.key.length && names.every((name) => name !== undefined) && new Set(names).size === given.length);
  if (!isWhole) throw misfit(type, segment);
  const members = given.map(({ value }, index): readonly [string, Json] => {
    const name = names[index] ?? type.key[0]!;
    const property = type.allProperties.find((one) => one.name === name)!;
    return [name, keyValue(property, value, segment)];
  });
  return keyTextOf(type, Object.fromEntries(members)) ?? "";
}

/** The 400 of a key whose parts are not those of the type. */
export function misfit(type: EntityType, { raw }: Segment): Problem {
  return problem("badRequest", { what: `The key '${raw}' does not fit '${type.name}', whose key is (${type.key.join(",")}).` }, { target: raw });
}

/** A segment as the value of one key property (OData URL Conventions 4.3.6): plain text, without quotes; undefined where it is none. */
export function keySegment(property: Property, text: string): Json | undefined {
  if (property.type.name === "Edm.String") return text;
  const read = readScalar(plainValue(property, text), property, { asCreate: true });
  return "expected" in read ? undefined : read.value;
}

/** Plain text as a value of the property's type, in wire form: numbers with every digit, truth values; other text as it is. */
export function plainValue({ type }: Property, text: string): Json {
  if (type.name === "Edm.Boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type.kind !== "primitive" || !/^Edm\.(?:S?Byte|Int|Decimal|Double|Single)/.test(type.name) || !/^[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i.test(text))
    return text;
  const plain = text.replace(/^\+/, "");
  return String(Number(plain)) === plain ? Number(plain) : JSON.rawJSON(plain.replace(/^(-?)0+(?=\d)/, "$1"));
}

/** One value of a key in parentheses, in wire form. Throws `badRequest`. */
export function keyValue(property: Property, value: Expression, { raw }: Segment): Json {
  const wrong = (what: string): Problem => problem("badRequest", { what }, { target: raw });
  if (value.kind === "alias") throw wrong(`The parameter alias '@${value.name}' in '${raw}' has no value.`);
  if (value.kind !== "literal" || value.literal === "null") throw wrong(`The key in '${raw}' is not a literal.`);
  const isText = property.type.name === "Edm.String";
  if (isText && value.literal !== "string") throw wrong(`The key in '${raw}' is a string and must stand in single quotes.`);
  const read = isText ? { value: value.value } : literalAs(property, value);
  if (!("expected" in read)) return isRawNumber(read.value) ? JSON.rawJSON(read.value.rawJSON) : read.value;
  throw wrong(`The key in '${raw}' is no value of type ${property.type.name}, as '${property.name}' is.`);
}

/** A literal of a URL as a value of the property's type, in wire form; or what was expected instead. */
export function literalAs(property: Property, literal: Literal): ReadValue {
  if (!fits(property, literal)) return { expected: `a value of type ${property.type.name}` };
  return readScalar(plainValue(property, literal.value), property, { asCreate: true, pure: true });
}

/** True for a literal that may stand for a value of the property's type: quoted text for a number may not. */
function fits({ type }: Property, { literal }: Literal): boolean {
  if (literal !== "string" || type.name === "Edm.String") return true;
  return type.kind === "enum" || type.name === "Edm.Duration" || type.name === "Edm.Binary";
}
