import { isDate, readInstant } from "../../base/instant.ts";
import { createMatcher } from "../../base/pattern/matcher.ts";
import { decimalOfSortable, sortableNumber } from "../../base/sortableDecimal.ts";
import { durationTicks } from "../durationTicks.ts";
import { calculate, decimalText, meanOf, nearestNumber, parsedNumber, parsedWhole, realText, scaled, wholeOfDecimal, wholeWithin } from "./decimals.ts";
import { between, durationText, moved, offsetMinutes } from "./times.ts";

/** What SQLite gives to a function of a connection, and takes from it: whole numbers are bigints. */
export type SqlValue = string | number | bigint | null | Uint8Array;

type Call = (...values: readonly SqlValue[]) => string | number | bigint | null;

const isNumber = (value: SqlValue): value is number | bigint => typeof value === "number" || typeof value === "bigint";

/** A function of texts: null stays null. */
const ofTexts =
  (call: (...texts: readonly string[]) => ReturnType<Call>): Call =>
  (...values) =>
    values.every((value) => typeof value === "string") ? call(...values) : null;

/** The same of numbers. */
const ofNumbers =
  (call: (...numbers: readonly (number | bigint)[]) => ReturnType<Call>): Call =>
  (...values) =>
    values.every(isNumber) ? call(...values) : null;

const wholeOf = (value: SqlValue): bigint | undefined =>
  typeof value === "bigint" ? value : typeof value === "number" && Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;

/** Patterns come as literals, a few at a time. */
const matchers = new Map<string, (text: string) => boolean>();

function matches(text: string, source: string): number {
  let matcher = matchers.get(source);
  if (matcher === undefined) {
    if (matchers.size >= 20) matchers.clear();
    matchers.set(source, (matcher = createMatcher(source)));
  }
  return matcher(text) ? 1 : 0;
}

const clock = /^([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,12})?)?$/;

function parsedTime(text: string): string | null {
  if (!clock.test(text)) return null;
  const [whole = "", fraction = ""] = text.split(".");
  return `${whole.length === 5 ? `${whole}:00` : whole}.${fraction.slice(0, 7).padEnd(7, "0")}`;
}

/** Code points from a place on, from the end when it is negative. */
function substring(text: SqlValue, start: SqlValue, length?: SqlValue): string | null {
  if (typeof text !== "string" || !isNumber(start) || (length !== undefined && !isNumber(length))) return null;
  const characters = Array.from(text);
  const from = Math.trunc(Number(start));
  const begin = from < 0 ? Math.max(0, characters.length + from) : from;
  const size = length === undefined ? Infinity : Math.max(0, Math.trunc(Number(length)));
  return characters.slice(begin, begin + size).join("");
}

/** A double by another: by zero it is infinite, but for 0 by 0, which has no value. */
function divide(left: SqlValue, right: SqlValue): number | null {
  if (!isNumber(left) || !isNumber(right)) return null;
  const [a, b] = [Number(left), Number(right)];
  const value = b === 0 ? (a === 0 ? Number.NaN : a > 0 ? Infinity : -Infinity) : a / b;
  return Number.isNaN(value) ? null : value;
}

/** Functions that SQLite lacks, for every connection: case by the rules of Unicode, times, decimals, patterns, what texts say. Null stays null. */
export const functions: Readonly<Record<string, Call>> = {
  secgraph_lower: ofTexts((text) => text.toLowerCase()),
  secgraph_upper: ofTexts((text) => text.toUpperCase()),
  secgraph_instant: ofTexts((text) => readInstant(text) ?? null),
  secgraph_substring: (text, start, length) => substring(text, start, length),
  secgraph_matches: ofTexts((text, source) => matches(text, source)),
  secgraph_divide: (left, right) => divide(left, right),
  secgraph_decimal: (operator, left, right) => (isNumber(left) && isNumber(right) ? calculate(String(operator), left, right) : null),
  secgraph_scaled: (duration, factor, divides) => (isNumber(duration) && isNumber(factor) ? scaled(duration, factor, Number(divides) === 1) : null),
  secgraph_moved(text, duration) {
    const by = wholeOf(duration);
    return typeof text === "string" && by !== undefined ? moved(text, by) : null;
  },
  secgraph_between: ofTexts((later, earlier) => between(later, earlier)),
  secgraph_offset: ofTexts((text) => offsetMinutes(text)),
  secgraph_within(value, low, high) {
    if (!isNumber(low) || !isNumber(high)) return null;
    return typeof value === "string" ? wholeOfDecimal(value, low, high) : isNumber(value) ? wholeWithin(value, low, high) : null;
  },
  secgraph_decimal_text: (value) => (typeof value === "string" ? decimalOfSortable(value) : isNumber(value) ? decimalText(value) : null),
  secgraph_sortable: ofNumbers((value) => sortableNumber(value)),
  secgraph_nearest: ofTexts((decimal) => nearestNumber(decimal)),
  secgraph_mean: (sum, count) => (typeof sum === "string" && typeof count === "bigint" ? meanOf(sum, count) : null),
  secgraph_real_text: ofNumbers((value) => realText(value)),
  secgraph_duration_text: ofNumbers((value) => durationText(wholeOf(value) ?? 0n)),
  secgraph_parsed_int: ofTexts((text) => parsedWhole(text)),
  secgraph_parsed_number: ofTexts((text) => parsedNumber(text)),
  secgraph_parsed_date: ofTexts((text) => (isDate(text) ? text : null)),
  secgraph_parsed_time: ofTexts((text) => parsedTime(text)),
  secgraph_parsed_guid: ofTexts((text) => (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : null)),
  secgraph_parsed_duration: ofTexts((text) => durationTicks(text) ?? null),
};
