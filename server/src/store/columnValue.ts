import { readInstant } from "../base/instant.ts";
import { isRawNumber, type Json } from "../base/json.ts";
import { sortableDecimal, sortableNumber } from "../base/sortableDecimal.ts";
import { isLongDecimal } from "../edm/isLongDecimal.ts";
import { forGeo } from "../edm/primitives.ts";
import type { EnumType, PrimitiveName, Property } from "../edm/types.ts";
import type { Scalar, ScalarType } from "../plan/typed.ts";
import { durationTicks } from "./durationTicks.ts";
import type { ColumnKind } from "./schema.ts";

/** Turns a wire value into what its column holds; null for one of another type. */
export type ToColumn = (value: Json | undefined) => Scalar;

interface Storage {
  readonly kind: ColumnKind;
  readonly read: ToColumn;
}

const plainText: Storage = { kind: "text", read: (value) => (typeof value === "string" ? value : null) };
const integer: Storage = { kind: "integer", read: readInteger };
const real: Storage = { kind: "real", read: readReal };

function fromText(kind: ColumnKind, read: (value: string) => Scalar): Storage {
  return { kind, read: (value) => (typeof value === "string" ? read(value) : null) };
}

const byPrimitive: Readonly<Record<PrimitiveName, Storage | undefined>> = {
  "Edm.String": plainText,
  "Edm.Boolean": { kind: "boolean", read: (value) => (typeof value === "boolean" ? Number(value) : null) },
  "Edm.Byte": integer,
  "Edm.SByte": integer,
  "Edm.Int16": integer,
  "Edm.Int32": integer,
  "Edm.Int64": integer,
  "Edm.Single": real,
  "Edm.Double": real,
  "Edm.Decimal": { kind: "numeric", read: readDecimal },
  "Edm.Guid": fromText("text", (value) => value.toLowerCase()),
  "Edm.Date": plainText,
  "Edm.TimeOfDay": fromText("text", timeText),
  "Edm.DateTimeOffset": fromText("text", (value) => readInstant(value) ?? null),
  "Edm.Duration": fromText("integer", ticksOfDuration),
  "Edm.Binary": fromText("text", binaryText),
  "Edm.Stream": undefined,
  "Edm.Untyped": undefined,
  ...forGeo(undefined),
};

const longDecimal: Storage = { kind: "decimal", read: readLongDecimal };

/** What a column is made from: the type, and how many digits a Decimal has at most. */
type Stored = Pick<Property, "type" | "precision">;

function storageOf(property: Stored): Storage | undefined {
  const { type } = property;
  if (type.kind !== "primitive") return undefined;
  return isLongDecimal(property) ? longDecimal : byPrimitive[type.name];
}

/** How a scalar property, or an element of a collection, is stored; undefined for one that has no column (complex, stream, untyped). */
export function columnKindOf(property: Stored): ColumnKind | undefined {
  return property.type.kind === "enum" ? "integer" : storageOf(property)?.kind;
}

/** The reader of the wire values of a scalar property, or of an element of a collection. */
export function toColumnOf(property: Stored): ToColumn {
  if (property.type.kind === "enum") return enumReader(property.type);
  return storageOf(property)?.read ?? (() => null);
}

/** A number of an expression as columns of the kind `decimal` hold it. */
export function literalDecimal(value: Scalar): Scalar {
  if (value === null) return null;
  return typeof value === "string" ? sortableDecimal(value) : sortableNumber(value);
}

/** A literal of an expression as columns of its type hold it. */
export function literalValue(type: ScalarType, value: Scalar): Scalar {
  if (typeof value !== "string") return value;
  switch (type) {
    case "timeOfDay":
      return timeText(value);
    case "duration":
      return ticksOfDuration(value);
    case "binary":
      return binaryText(value);
    case "guid":
      return value.toLowerCase();
    case "int":
    case "decimal":
    case "double":
      return numberOf(value);
    default:
      return value;
  }
}

/** An integer of a text: a number where that is exact, else a bigint. */
export function integerOf(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

function fitsInt64(value: number | bigint): boolean {
  return typeof value === "number" || BigInt.asIntN(64, value) === value;
}

function numberOf(text: string): Scalar {
  if (!/^-?\d+(?:\.0*)?$/.test(text)) return Number(text);
  const value = integerOf(text.replace(/\..*$/, ""));
  return fitsInt64(value) ? value : Number(text);
}

function readInteger(value: Json | undefined): Scalar {
  if (typeof value === "number") return isInt64(value) ? value : null;
  const digits = isRawNumber(value) ? value.rawJSON : value;
  if (typeof digits !== "string" || !/^-?\d{1,19}$/.test(digits)) return null;
  const number = integerOf(digits);
  return fitsInt64(number) ? number : null;
}

const special: Readonly<Record<string, number>> = { INF: Infinity, "-INF": -Infinity };

function readReal(value: Json | undefined): Scalar {
  if (typeof value === "number") return value;
  if (isRawNumber(value)) return Number(value.rawJSON);
  return typeof value === "string" && Object.hasOwn(special, value) ? special[value]! : null;
}

const decimalForm = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Up to fifteen digits tell a double. */
function readDecimal(value: Json | undefined): Scalar {
  if (typeof value === "number") return value;
  const digits = isRawNumber(value) ? value.rawJSON : value;
  return typeof digits === "string" && decimalForm.test(digits) ? numberOf(digits) : null;
}

function readLongDecimal(value: Json | undefined): Scalar {
  const digits = typeof value === "number" ? String(value) : isRawNumber(value) ? value.rawJSON : value;
  return typeof digits === "string" && decimalForm.test(digits) ? sortableDecimal(digits) : null;
}

/** `12:30` and `12:30:00.5` as `12:30:00.0000000` and `12:30:00.5000000`. */
function timeText(value: string): string {
  const [whole = "", fraction = ""] = value.split(".");
  return `${whole.length === 5 ? `${whole}:00` : whole}.${fraction.slice(0, 7).padEnd(7, "0")}`;
}

/** Durations compare by length; null when it is none or beyond 64 bits. */
function ticksOfDuration(value: string): Scalar {
  const ticks = durationTicks(value);
  return ticks === undefined ? null : integerOf(String(ticks));
}

function binaryText(value: string): string {
  return value.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function enumReader(type: EnumType): ToColumn {
  const byName = new Map(type.members.map((member) => [member.name.toLowerCase(), member.value]));
  const one = (name: string) => byName.get(name.trim().toLowerCase());
  return (value) => {
    if (typeof value === "number") return isInt64(value) ? value : null;
    if (typeof value !== "string") return null;
    if (!type.flags) return one(value) ?? null;
    const values = value.split(",").map(one);
    return values.includes(undefined) ? null : integerOf(String((values as number[]).reduce((sum, member) => sum | BigInt(member), 0n)));
  };
}
