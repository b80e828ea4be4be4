/** The lexical forms that this file knows: those of the ABNF's section 7 but strings and geo; `enum` is a list of members. */
export type LexicalKind = "boolean" | "integer" | "decimal" | "date" | "dateTimeOffset" | "timeOfDay" | "duration" | "guid" | "binary" | "enum";

const minus = 0x2d;
const colon = 0x3a;
const dot = 0x2e;

/** True for one of 0-9. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

function digitsEnd(text: string, at: number): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** The number of two digits at `at`, or -1. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + ones - 0x30 : -1;
}

/** Where the integer that begins at `at` ends (optional sign, digits), or -1. */
export function integerEnd(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  const start = sign === minus || sign === 0x2b ? at + 1 : at;
  const end = digitsEnd(text, start);
  return end > start ? end : -1;
}

/** ABNF `decimalValue`: where the number that begins at `at` ends, or -1. */
export function decimalEnd(text: string, at: number): number {
  if (text.startsWith("NaN", at) || text.startsWith("INF", at)) return at + 3;
  if (text.startsWith("-INF", at)) return at + 4;
  let end = integerEnd(text, at);
  if (end < 0) return -1;
  if (text.charCodeAt(end) === dot && isDigit(text.charCodeAt(end + 1))) end = digitsEnd(text, end + 1);
  if ((text.charCodeAt(end) | 0x20) === 0x65) {
    const exponent = integerEnd(text, end + 1);
    if (exponent > 0) end = exponent;
  }
  return end;
}

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** ABNF `date` in the proleptic Gregorian calendar: where the date that begins at `at` ends, or -1. */
export function dateEnd(text: string, at: number): number {
  const start = text.charCodeAt(at) === minus ? at + 1 : at;
  const year = digitsEnd(text, start);
  if (year - start < 4 || (year - start > 4 && text.charCodeAt(start) === 0x30)) return -1;
  if (text.charCodeAt(year) !== minus || text.charCodeAt(year + 3) !== minus) return -1;
  const month = twoDigits(text, year + 1);
  const day = twoDigits(text, year + 4);
  if (month < 1 || month > 12 || day < 1 || day > (monthDays[month - 1] ?? 0)) return -1;
  if (month === 2 && day === 29 && !isLeap(text, start, year)) return -1;
  return year + 6;
}

function isLeap(text: string, start: number, end: number): boolean {
  const lastTwo = twoDigits(text, end - 2);
  if (lastTwo !== 0) return lastTwo % 4 === 0;
  return twoDigits(text, Math.max(start, end - 4)) % 4 === 0;
}

/** ABNF `timeOfDayValue`: hh:mm, seconds (60 included) and 1 to 12 fraction digits optional. */
export function timeOfDayEnd(text: string, at: number): number {
  const hour = twoDigits(text, at);
  const minute = twoDigits(text, at + 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text.charCodeAt(at + 2) !== colon) return -1;
  if (text.charCodeAt(at + 5) !== colon) return at + 5;
  const second = twoDigits(text, at + 6);
  if (second < 0 || second > 60) return -1;
  if (text.charCodeAt(at + 8) !== dot) return at + 8;
  const end = digitsEnd(text, at + 9);
  return end > at + 9 && end <= at + 21 ? end : -1;
}

/** ABNF `dateTimeOffsetValue`: date, `T`, time and `Z` or an offset; up to 12 fraction digits. */
export function dateTimeOffsetEnd(text: string, at: number): number {
  const date = dateEnd(text, at);
  if (date < 0 || (text.charCodeAt(date) | 0x20) !== 0x74) return -1;
  const time = timeOfDayEnd(text, date + 1);
  if (time < 0) return -1;
  const zone = text.charCodeAt(time);
  if ((zone | 0x20) === 0x7a) return time + 1;
  if (zone !== minus && zone !== 0x2b) return -1;
  const hour = twoDigits(text, time + 1);
  const minute = twoDigits(text, time + 4);
  const legal = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && text.charCodeAt(time + 3) === colon;
  return legal ? time + 6 : -1;
}

const duration = /-?P(?=[\dT])(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?/iy;

/** ABNF `durationValue`, an xs:dayTimeDuration with at least one component: where it ends, or -1. */
function durationEnd(text: string, at: number): number {
  duration.lastIndex = at;
  return duration.test(text) ? duration.lastIndex : -1;
}

/** ABNF `guid`: 8-4-4-4-12 hexadecimal digits, in any case. */
export function guidEnd(text: string, at: number): number {
  for (let i = 0; i < 36; i++) {
    const code = text.charCodeAt(at + i);
    const dash = i === 8 || i === 13 || i === 18 || i === 23;
    if (dash ? code !== minus : !isHex(code)) return -1;
  }
  return at + 36;
}

const binary = /[A-Za-z0-9_-]*={0,2}/y;
const lastOfTwo = /[AQgw]={0,2}$/;
const lastOfThree = /[AEIMQUYcgkosw048]=?$/;

/** ABNF `binaryValue`: base64url, with or without its padding, without stray bits at the end. */
function binaryEnd(text: string, at: number): number {
  binary.lastIndex = at;
  binary.test(text);
  const end = binary.lastIndex;
  const value = text.slice(at, end);
  const unpadded = value.replaceAll("=", "").length;
  const padding = value.length - unpadded;
  if (unpadded % 4 === 0) return padding === 0 ? end : -1;
  if (unpadded % 4 === 2) return padding !== 1 && lastOfTwo.test(value) ? end : -1;
  return unpadded % 4 === 3 && lastOfThree.test(value) ? end : -1;
}

const member = "(?:[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]*|[-+]?\\d+)";
const members = new RegExp(`${member}(?:,\\s*${member})*`, "uy");

/** ABNF `enumValue`: names or numbers of members, separated by commas; space behind a comma is let pass. */
function enumEnd(text: string, at: number): number {
  members.lastIndex = at;
  return members.test(text) ? members.lastIndex : -1;
}

function booleanEnd(text: string, at: number): number {
  if (text.startsWith("true", at)) return at + 4;
  return text.startsWith("false", at) ? at + 5 : -1;
}

const ends: Readonly<Record<LexicalKind, (text: string, at: number) => number>> = {
  boolean: booleanEnd,
  integer: integerEnd,
  decimal: decimalEnd,
  date: dateEnd,
  dateTimeOffset: dateTimeOffsetEnd,
  timeOfDay: timeOfDayEnd,
  duration: durationEnd,
  guid: guidEnd,
  binary: binaryEnd,
  enum: enumEnd,
};

/** True when the whole text has the lexical form of `kind` (ABNF section 7, the `...Value` rules). */
export function isLiteral(kind: LexicalKind, text: string): boolean {
  return ends[kind](text, 0) === text.length;
}
