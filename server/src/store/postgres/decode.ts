import type { Scalar } from "../../plan/typed.ts";
import { integerOf } from "../columnValue.ts";

/** Reads the value of a field, which stands as text in these bytes. */
export type Decode = (bytes: Buffer, from: number, to: number) => Scalar;

const text: Decode = (bytes, from, to) => bytes.toString(undefined, from, to);
const number: Decode = (bytes, from, to) => Number(bytes.toString("latin1", from, to));

/** Types by their object id (pg_type.dat): bool, int8, int2, int4, float4, float8, numeric. All else is text. */
const decoders: Readonly<Record<number, Decode>> = {
  16: (bytes, from) => (bytes[from] === 0x74 ? 1 : 0),
  20: wholeNumber,
  21: wholeNumber,
  23: wholeNumber,
  700: number,
  701: number,
  1700: (bytes, from, to) => numericOf(bytes.toString("latin1", from, to)),
};

/** The reader of a column of a type. */
export function decoderOf(type: number): Decode {
  return decoders[type] ?? text;
}

/** Digits that are always exact. */
const mostDigits = 15;

function wholeNumber(bytes: Buffer, from: number, to: number): number | bigint {
  if (bytes[from] === 0x2d || to - from > mostDigits) return integerOf(bytes.toString("latin1", from, to));
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + bytes[at]! - 0x30;
  return value;
}

/** Whole numbers of 64 bits exactly, others as the nearest double: as columns of decimals hold them. */
function numericOf(value: string): Scalar {
  if (!/^-?\d+(?:\.0*)?$/.test(value)) return Number(value);
  const whole = integerOf(value.replace(/\..*$/, ""));
  return typeof whole === "number" || BigInt.asIntN(64, whole) === whole ? whole : Number(value);
}
