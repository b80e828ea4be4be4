import { isDate, readInstant } from "../base/instant.ts";
import { isGuid } from "../base/ids.ts";
import { isObject, isRawNumber, type Json } from "../base/json.ts";
import { longNotation } from "../base/longNotation.ts";
import { forGeo } from "../edm/primitives.ts";
import type { EnumType, PrimitiveName, Property } from "../edm/types.ts";

/** A value that fits, in wire form; or what was expected instead. */
export type ReadValue = { readonly value: Json } | { readonly expected: string };

type Reader = (value: Json, property: Property) => ReadValue;

const fits = (value: Json): ReadValue => ({ value });

function integerBetween(low: number, high: number): Reader {
  const expected = `an integer between ${low} and ${high}`;
  return (value) => (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high ? fits(value) : { expected });
}

/** Int64: JSON number, or its text under IEEE754Compatible (OData JSON Format 3.2). */
function int64(value: Json): ReadValue {
  const text = isRawNumber(value) ? value.rawJSON : typeof value === "number" || typeof value === "string" ? String(value) : "";
  const isInteger = /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (!isInteger) return { expected: "an integer of 64 bits" };
  return fits(Number.isSafeInteger(Number(text)) ? Number(text) : JSON.rawJSON(BigInt(text).toString()));
}

const noNumbers: ReadonlySet<Json> = new Set<Json>(["INF", "-INF", "NaN"]);

/** A floating-point number of at most this size. */
function floating(largest: number, expected: string): Reader {
  return (value) => {
    const number = isRawNumber(value) ? Number(value.rawJSON) : value;
    return typeof number === "number" && Math.abs(number) <= largest ? fits(number) : { expected };
  };
}

/** Whatever a double can be has room. */
const plainDecimal = /^-?\d{1,309}(?:\.\d{1,400})?$/;
const exponential = /^-?\d{1,309}(?:\.\d{1,400})?[eE][-+]?\d{1,3}$/;

/** Edm.Decimal: a JSON number, or its text under IEEE754Compatible; digits are kept as they are, an exponent is written out (OData JSON Format 4.01, 3.2). */
function decimal(value: Json, { precision, scale }: Property): ReadValue {
  const sent = isRawNumber(value) ? value.rawJSON : typeof value === "number" ? String(value) : value;
  if (typeof sent !== "string") return { expected: "a decimal number" };
  const text = typeof value !== "string" && exponential.test(sent) ? longNotation(sent) : sent;
  if (!plainDecimal.test(text) || !Number.isFinite(Number(text))) return { expected: "a decimal number" };
  const over = overflow(text, precision, scale);
  if (over !== undefined) return { expected: over };
  if (typeof value === "number" && text === sent) return fits(value);
  const plain = text.replace(/^(-?)0+(?=\d)/, "$1");
  return fits(String(Number(plain)) === plain ? Number(plain) : JSON.rawJSON(plain));
}

/** What the facets Precision and Scale (CSDL 7.2.3, 7.2.4) allow, where a number has more. */
function overflow(text: string, precision: number | undefined, scale: Property["scale"]): string | undefined {
  if (precision === undefined && typeof scale !== "number") return undefined;
  const [whole, fraction] = digitsOf(text);
  if (typeof scale === "number" && fraction > scale) return `a decimal number with at most ${scale} digits behind the point`;
  if (precision === undefined) return undefined;
  const before = typeof scale === "number" ? precision - scale : precision - fraction;
  return whole > before
    ? `a decimal number of at most ${precision} digits${typeof scale === "number" ? `, ${scale} of them behind the point` : ""}`
    : undefined;
}

/** How many digits that count stand before and behind the point. */
function digitsOf(text: string): readonly [whole: number, fraction: number] {
  const [, digits = "", decimals = ""] = /^-?0*(\d*)(?:\.(\d+))?$/.exec(text) ?? [];
  return [digits.length, decimals.replace(/0+$/, "").length];
}

function string(value: Json, property: Property): ReadValue {
  if (typeof value !== "string") return { expected: "a string" };
  const { maxLength } = property;
  return maxLength !== undefined && value.length > maxLength && lengthOf(value) > maxLength
    ? { expected: `a string of at most ${maxLength} characters` }
    : fits(value);
}

/** How many characters a text has: code points, not halves of them. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function matching(expected: string, test: (text: string) => boolean): Reader {
  return (value) => (typeof value === "string" && test(value) ? fits(value) : { expected });
}

/** Kept with the offset and digits that were sent, at most seven of them. */
function dateTimeOffset(value: Json, { precision }: Property): ReadValue {
  if (typeof value !== "string" || readInstant(value) === undefined) {
    return { expected: "a date and time with offset, such as 2026-01-31T12:00:00Z" };
  }
  return inPrecision(value.replace(/(\.\d{7})\d+/, "$1"), precision);
}

/** The facet Precision of what has fractions of a second (CSDL 7.2.3). */
function inPrecision(text: string, precision: number | undefined): ReadValue {
  const digits = /\.(\d*?)0*(?:\D|$)/.exec(text)?.[1]?.length ?? 0;
  return precision !== undefined && digits > precision ? { expected: `at most ${precision} digits of a second` } : fits(text);
}

function timed(expected: string, pattern: RegExp): Reader {
  return (value, { precision }) => (typeof value === "string" && pattern.test(value) ? inPrecision(value, precision) : { expected });
}

/** Base64url without padding is what is stored; plain base64 is taken too. */
function binary(value: Json, { maxLength }: Property): ReadValue {
  const text = typeof value === "string" && /^[A-Za-z0-9_+/-]*={0,2}$/.test(value) ? value.replace(/=+$/, "") : undefined;
  if (text === undefined || text.length % 4 === 1) return { expected: "binary data in base64url" };
  const bytes = Math.floor((text.length * 3) / 4);
  if (maxLength !== undefined && bytes > maxLength) return { expected: `at most ${maxLength} bytes in base64url` };
  return fits(text.replaceAll("+", "-").replaceAll("/", "_"));
}

/** A GeoJSON geometry (RFC 7946, 3), of the kind that the type's name says. */
function geo(value: Json, { type }: Property): ReadValue {
  const kind = type.name.replace(/^Edm\.Geo(?:graphy|metry)/, "").replace(/^Collection$/, "GeometryCollection");
  const expected = `a GeoJSON object of type ${kind === "" ? "Point, LineString, ..." : kind}`;
  if (!isObject(value)) return { expected };
  const named = value["type"];
  const isKind = kind === "" ? typeof named === "string" && geoKinds.has(named) : named === kind;
  const members = named === "GeometryCollection" ? value["geometries"] : value["coordinates"];
  return isKind && Array.isArray(members) ? fits(value) : { expected };
}

const geoKinds = new Set(["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"]);

const readers: Readonly<Record<PrimitiveName, Reader>> = {
  "Edm.String": string,
  "Edm.Boolean": (value) => (typeof value === "boolean" ? fits(value) : { expected: "true or false" }),
  "Edm.Byte": integerBetween(0, 255),
  "Edm.SByte": integerBetween(-128, 127),
  "Edm.Int16": integerBetween(-32_768, 32_767),
  "Edm.Int32": integerBetween(-2_147_483_648, 2_147_483_647),
  "Edm.Int64": int64,
  "Edm.Single": floating(3.402_823_466_385_288_6e38, "a number of 32 bits"),
  "Edm.Double": floating(Number.MAX_VALUE, "a number"),
  "Edm.Decimal": decimal,
  "Edm.Guid": matching("a GUID", isGuid),
  "Edm.Date": matching("a date, such as 2026-01-31", isDate),
  "Edm.TimeOfDay": timed("a time, such as 12:30:00", /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?$/),
  "Edm.DateTimeOffset": dateTimeOffset,
  "Edm.Duration": timed("a duration, such as P1DT2H", /^-?P(?=.)(\d{1,7}D)?(T(?=.)(\d{1,9}H)?(\d{1,11}M)?(\d{1,12}(\.\d{1,12})?S)?)?$/),
  "Edm.Binary": binary,
  "Edm.Stream": () => ({ expected: "nothing here (a stream is written by its own URL)" }),
  "Edm.Untyped": fits,
  ...forGeo(geo),
};

/** A member by name in any case, or by its number; printed in the model's case (R111, R116). */
function enumMember(type: EnumType, value: Json, asCreate: boolean): ReadValue {
  const wanted = typeof value === "string" ? value.toLowerCase() : undefined;
  const found = type.members.find((member) => member.name.toLowerCase() === wanted || member.value === value || String(member.value) === wanted);
  const allowed = type.members.filter((member) => member.name !== "unknownFutureValue");
  if (found === undefined || (asCreate && found.name === "unknownFutureValue")) {
    return { expected: `one of ${allowed.map((member) => member.name).join(", ")}` };
  }
  return fits(found.name);
}

/** Members by name or number joined by commas, or the number that they make together; printed as names in the order of the model (OData JSON Format 7.1). */
function enumFlags({ members }: EnumType, value: Json): ReadValue {
  const expected = `one or more of ${members.map((member) => member.name).join(", ")}, separated by commas`;
  const parts = typeof value === "number" ? [String(value)] : typeof value === "string" ? value.split(",").map((part) => part.trim().toLowerCase()) : [];
  let sum = 0n;
  for (const part of parts) {
    const member = members.find(({ name }) => name.toLowerCase() === part);
    if (member === undefined && !/^\d{1,18}$/.test(part)) return { expected };
    sum |= member === undefined ? BigInt(part) : BigInt(member.value);
  }
  const names = namesOf(members, sum);
  return parts.length === 0 || names === undefined ? { expected } : fits(names);
}

/** The members that make up a value, the largest first found; undefined when some bit belongs to none. */
function namesOf(members: EnumType["members"], sum: bigint): string | undefined {
  const whole = members.find(({ value }) => BigInt(value) === sum);
  if (whole !== undefined) return whole.name;
  let left = sum;
  const taken = new Set<string>();
  for (const { name, value } of members.toSorted((one, other) => other.value - one.value)) {
    if (value <= 0 || (left & BigInt(value)) !== BigInt(value)) continue;
    left &= ~BigInt(value);
    taken.add(name);
  }
  return left === 0n && taken.size > 0 ? members.flatMap(({ name }) => (taken.has(name) ? [name] : [])).join(",") : undefined;
}

/** How values are read. */
export interface Reading {
  /** A create may not name what is not known yet. */
  readonly asCreate: boolean;
  /** The odata profile: `INF`, `-INF` and `NaN` are floating-point numbers (OData JSON Format 7.1). */
  readonly pure?: boolean;
}

/** Reads one scalar value as the property's type (OData JSON Format 7.1). */
export function readScalar(value: Json, property: Property, { asCreate, pure = false }: Reading): ReadValue {
  if (property.type.kind === "enum") return property.type.flags ? enumFlags(property.type, value) : enumMember(property.type, value, asCreate);
  const name = property.type.name as PrimitiveName;
  if (pure && noNumbers.has(value) && (name === "Edm.Double" || name === "Edm.Single")) return fits(value);
  return readers[name](value, property);
}
