import { decimalOfSortable, sortableDecimal } from "../base/sortableDecimal.ts";
import { isDate, readInstant } from "../base/instant.ts";
import type { EnumType } from "../edm/types.ts";
import { isLiteral } from "../odata/literal.ts";
import type { Literal } from "../odata/expression.ts";
import { bindProblem, type Bound, type Scope } from "./scope.ts";
import type { Scalar, ScalarType, Typed } from "./typed.ts";

function made(type: ScalarType, value: Scalar): Typed {
  return { kind: "literal", type, value };
}

/** An integer as the store compares it: beyond 2^53 as bigint, beyond 64 bits as a decimal, beyond all doubles as infinity. */
function integer(text: string): Typed {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return made("int", number);
  const exact = BigInt(text);
  if (BigInt.asIntN(64, exact) === exact) return made("int", exact);
  return Number.isFinite(number) ? long(text) : made("double", number);
}

/** A decimal as a number where the double nearest to it says the same, else as its digits: equal ones have equal texts. */
function long(text: string): Typed {
  const sortable = sortableDecimal(text);
  const number = Number(text);
  return made("decimal", sortableDecimal(String(number)) === sortable ? number : decimalOfSortable(sortable));
}

/** A literal by its own lexical form (OData ABNF `primitiveLiteral`), when nothing beside it gives it another meaning. */
export function bindLiteral(literal: Literal, scope: Scope): Typed {
  const { value } = literal;
  switch (literal.literal) {
    case "null":
      return made("null", null);
    case "boolean":
      return made("boolean", value.toLowerCase() === "true" ? 1 : 0);
    case "integer":
      return integer(value);
    case "decimal":
      return decimal(literal, scope);
    case "dateTimeOffset":
      return made("dateTimeOffset", instant(literal, scope));
    case "enum":
      return enumLiteral(literal, scope);
    case "guid":
      return made("guid", value.toLowerCase());
    case "string":
    case "date":
    case "timeOfDay":
    case "duration":
    case "binary":
      return made(literal.literal, value);
    case "geo":
      throw bindProblem(scope, literal.at, "geographic values are not supported");
  }
}

/** A number with a point is a Decimal, which is exact; one with an exponent a Double. */
function decimal(literal: Literal, scope: Scope): Typed {
  const { value, at } = literal;
  if (value.endsWith("INF")) return made("double", value.startsWith("-") ? -Infinity : Infinity);
  const number = Number(value);
  if (!Number.isFinite(number)) throw bindProblem(scope, at, `${value} is not a value that is ever stored`);
  if (/e/i.test(value)) return made("double", number);
  const whole = /^([-+]?\d+)\.0*$/.exec(value)?.[1];
  const exact = whole === undefined ? undefined : integer(whole);
  return exact?.kind === "literal" && exact.type === "int" ? made("decimal", exact.value) : long(value);
}

function instant(literal: Literal, scope: Scope): string {
  const text = readInstant(literal.value.toUpperCase());
  if (text === undefined) throw bindProblem(scope, literal.at, `'${literal.value}' is no date and time that exists`);
  return text;
}

function enumLiteral(literal: Literal, scope: Scope): Typed {
  const type = scope.model.findType(literal.type ?? "");
  if (type === undefined || type.kind !== "enum") {
    throw bindProblem(scope, literal.at, `there is no enumeration '${literal.type}'`);
  }
  return made("enum", memberValue(literal, type, scope));
}

/** The number of a member, or of several joined with commas on a flags type, where any sum of members is one too; names in any case. */
function memberValue(literal: Literal, type: EnumType, scope: Scope): number {
  const names = type.flags ? literal.value.split(",") : [literal.value];
  const all = type.flags ? type.members.reduce((sum, { value }) => sum | BigInt(value), 0n) : 0n;
  const sum = names.reduce((before, name) => {
    const wanted = name.trim().toLowerCase();
    const member = type.members.find((one) => one.name.toLowerCase() === wanted || String(one.value) === wanted);
    if (member !== undefined) return before | BigInt(member.value);
    if (/^\d{1,18}$/.test(wanted) && type.flags && (BigInt(wanted) & ~all) === 0n) return before | BigInt(wanted);
    const allowed = type.members.map((one) => one.name).join(", ");
    throw bindProblem(scope, literal.at, `'${name}' is no member of ${type.name}; allowed are ${allowed}`);
  }, 0n);
  return Number(sum);
}

/** A literal beside a value of known type: enum members by bare quoted name (R80), instants also quoted or as dates (R81). */
export function literalFor(literal: Literal, other: Bound, scope: Scope): Typed {
  if (other.enumType !== undefined && (literal.literal === "string" || literal.literal === "integer")) {
    return made("enum", memberValue(literal, other.enumType, scope));
  }
  const { type } = other.typed;
  if (type === "dateTimeOffset" && (literal.literal === "string" || literal.literal === "date")) {
    const text = isDate(literal.value) ? `${literal.value}T00:00:00Z` : literal.value;
    return made("dateTimeOffset", instant({ ...literal, value: text }, scope));
  }
  if (type === "guid" && literal.literal === "string") return made("guid", literal.value.toLowerCase());
  if (type === "date" && literal.literal === "string" && isDate(literal.value)) return made("date", literal.value);
  if (type === "duration" && literal.literal === "string" && isLiteral("duration", literal.value)) return made("duration", literal.value.toUpperCase());
  return bindLiteral(scope.pure && literal.literal === "string" ? unquoted(literal, type) : literal, scope);
}

/** A string beside a number or truth value, as the one that it spells. */
function unquoted(literal: Literal, type: ScalarType): Literal {
  const { value } = literal;
  if (type === "boolean" && isLiteral("boolean", value)) return { ...literal, literal: "boolean" };
  if (type !== "int" && type !== "double" && type !== "decimal") return literal;
  if (isLiteral("integer", value)) return { ...literal, literal: "integer", value: value.replace(/^\+/, "") };
  return isLiteral("decimal", value) ? { ...literal, literal: "decimal" } : literal;
}
