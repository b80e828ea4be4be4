import { isDate, readInstant } from "../base/instant.ts";
import { isGuid } from "../base/ids.ts";
import { isObject, isRawNumber, type Json } from "../base/json.ts";
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

function double(value: Json): ReadValue {
  const number = isRawNumber(value) ? Number(value.rawJSON) : value;
  return typeof number === "number" && Number.isFinite(number) ? fits(number) : { expected: "a number" };
}

function decimal(value: Json): ReadValue {
  if (typeof value === "number") return fits(value);
  const text = isRawNumber(value) ? value.rawJSON : value;
  const isDecimal = typeof text === "string" && /^-?\d{1,64}(?:\.\d{1,64})?$/.test(text);
  return isDecimal ? fits(JSON.rawJSON(text.replace(/^(-?)0+(?=\d)/, "$1"))) : { expected: "a decimal number" };
}

function string(value: Json, property: Property): ReadValue {
  if (typeof value !== "string") return { expected: "a string" };
  const { maxLength } = property;
  return maxLength !== undefined && value.length > maxLength ? { expected: `a string of at most ${maxLength} characters` } : fits(value);
}

function matching(expected: string, test: (text: string) => boolean): Reader {
  return (value) => (typeof value === "string" && test(value) ? fits(value) : { expected });
}

/** Kept with the offset and digits that were sent, at most seven of them. */
function dateTimeOffset(value: Json): ReadValue {
  if (typeof value !== "string" || readInstant(value) === undefined) {
    return { expected: "a date and time with offset, such as 2026-01-31T12:00:00Z" };
  }
  return fits(value.replace(/(\.\d{7})\d+/, "$1"));
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
  "Edm.Single": double,
  "Edm.Double": double,
  "Edm.Decimal": decimal,
  "Edm.Guid": matching("a GUID", isGuid),
  "Edm.Date": matching("a date, such as 2026-01-31", isDate),
  "Edm.TimeOfDay": matching("a time, such as 12:30:00", (text) => /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?$/.test(text)),
  "Edm.DateTimeOffset": dateTimeOffset,
  "Edm.Duration": matching("a duration, such as P1DT2H", (text) => /^-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/.test(text)),
  "Edm.Binary": matching("binary data in base64url", (text) => /^[A-Za-z0-9_+/-]*={0,2}$/.test(text)),
  "Edm.Stream": () => ({ expected: "nothing here (a stream is written by its own URL)" }),
  "Edm.Untyped": fits,
  ...forGeo(geo),
};

/** A member by name in any case, or by its number; printed in the model's case (R111, R116). */
function enumMember(type: EnumType, value: Json, asCreate: boolean): ReadValue {
  const wanted = typeof value === "string" ? value.toLowerCase() : undefined;
  const found = type.members.find((member) => member.name.toLowerCase() === wanted || member.value === value);
  const allowed = type.members.filter((member) => member.name !== "unknownFutureValue");
  if (found === undefined || (asCreate && found.name === "unknownFutureValue")) {
    return { expected: `one of ${allowed.map((member) => member.name).join(", ")}` };
  }
  return fits(found.name);
}

/** Reads one scalar value as the property's type (OData JSON Format 7.1). */
export function readScalar(value: Json, property: Property, asCreate: boolean): ReadValue {
  if (property.type.kind === "enum") return enumMember(property.type, value, asCreate);
  return readers[property.type.name as PrimitiveName](value, property);
}
