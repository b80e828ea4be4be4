/**
 * A number whose text a JavaScript number cannot hold (an Int64 above 2^53, a long decimal).
 * Made by `JSON.rawJSON`, so `JSON.stringify` prints the text again, digit for digit.
 */
export interface RawNumber {
  readonly rawJSON: string;
}

declare global {
  /** ECMAScript proposal "JSON.parse source text access", in V8 since 11.4. */
  interface JSON {
    rawJSON: (text: string) => RawNumber;
    isRawJSON: (value: unknown) => value is RawNumber;
  }
}

/** Any JSON value as this product holds it in memory. */
export type Json = null | boolean | number | string | RawNumber | readonly Json[] | JsonObject;

/** A JSON object; made without a prototype or read only by own keys, so `__proto__` is a plain name. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** The text of a JSON string; "" for anything else. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/** True for a JSON object: neither null, nor an array, nor a raw number. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** True for a number kept as its text. */
export function isRawNumber(value: Json | undefined): value is RawNumber {
  return typeof value === "object" && value !== null && JSON.isRawJSON(value);
}
