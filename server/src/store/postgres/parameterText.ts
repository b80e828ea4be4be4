import type { Scalar } from "../../plan/typed.ts";

/** A value as PostgreSQL reads it from a parameter's text, whatever the kind: booleans are 0 and 1, whole numbers stand without exponent, infinities have their name. */
export function parameterText(value: Scalar): string | null {
  if (typeof value !== "number") return value === null ? null : String(value);
  if (Number.isSafeInteger(value)) return String(value);
  // From 2^53 on the shortest digits that give a double are not those of the whole number that it is.
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(value).toString() : String(value);
}
