import type { Scalar } from "../../plan/typed.ts";
import { integerOf } from "../columnValue.ts";

type Decode = (text: string) => Scalar;

/** Types by their object id (pg_type.dat): bool, int8, int2, int4, float4, float8, numeric. All else stays text. */
const decoders: Readonly<Record<number, Decode>> = {
  16: (text) => (text === "t" ? 1 : 0),
  20: integerOf,
  21: Number,
  23: Number,
  700: Number,
  701: Number,
  1700: numericOf,
};

/** The reader of a column of a type; undefined where the text is the value. */
export function decoderOf(type: number): Decode | undefined {
  return decoders[type];
}

/** Whole numbers of 64 bits exactly, others as the nearest double: as columns of decimals hold them. */
function numericOf(text: string): Scalar {
  if (!/^-?\d+(?:\.0*)?$/.test(text)) return Number(text);
  const value = integerOf(text.replace(/\..*$/, ""));
  return typeof value === "number" || BigInt.asIntN(64, value) === value ? value : Number(text);
}
