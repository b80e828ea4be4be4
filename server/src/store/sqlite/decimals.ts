import { decimalOfSortable, sortableDecimal } from "../../base/sortableDecimal.ts";

/** Exact arithmetic of decimals where SQLite has doubles alone: operands are the shortest decimals that give their doubles, and the result is the number nearest to the exact one. */
interface Decimal {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;
}

type SqlNumber = number | bigint;

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];

/** From 2^53 on, where all doubles are whole, a double is what it is. */
function decimalOf(value: SqlNumber): Decimal {
  if (typeof value === "bigint") return { digits: value, scale: 0 };
  if (isWide(value)) return { digits: BigInt(value), scale: 0 };
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function isWide(value: number): boolean {
  return Math.abs(value) >= 2 ** 53 && value >= -(2 ** 63) && value < 2 ** 63;
}

function numberOf({ digits, scale }: Decimal): SqlNumber {
  const unit = 10n ** BigInt(scale);
  if (digits % unit === 0n) {
    const whole = digits / unit;
    if (whole >= least && whole <= most) return whole;
  }
  return Number(`${digits}e-${scale}`);
}

const lengthOf = (value: bigint): number => String(value < 0n ? -value : value).length;

/** Digits of a quotient that are calculated. */
const precision = 40;

/** One operation; null where it has no value. */
export function calculate(operator: string, a: SqlNumber, b: SqlNumber): SqlNumber | null {
  if ([a, b].some((value) => typeof value === "number" && !Number.isFinite(value))) return infinite(operator, Number(a), Number(b));
  const [x, y] = [decimalOf(a), decimalOf(b)];
  if (operator === "mul") return numberOf({ digits: x.digits * y.digits, scale: x.scale + y.scale });
  const scale = Math.max(x.scale, y.scale);
  const [left, right] = [x, y].map((one) => one.digits * 10n ** BigInt(scale - one.scale)) as [bigint, bigint];
  if (operator === "add") return numberOf({ digits: left + right, scale });
  if (operator === "sub") return numberOf({ digits: left - right, scale });
  if (right === 0n) return null;
  if (operator === "mod") return numberOf({ digits: left % right, scale });
  const more = Math.max(0, precision + lengthOf(right) - lengthOf(left));
  return numberOf({ digits: (left * 10n ** BigInt(more)) / right, scale: more });
}

function infinite(operator: string, a: number, b: number): number | null {
  const value =
    operator === "add" ? a + b : operator === "sub" ? a - b : operator === "mul" ? a * b : operator === "mod" ? a % b : b === 0 ? Number.NaN : a / b;
  return Number.isNaN(value) ? null : value;
}

/** A duration times a number, or divided by one, in whole units towards zero; null beyond 64 bits. */
export function scaled(duration: SqlNumber, factor: SqlNumber, divides: boolean): bigint | null {
  if (!Number.isFinite(Number(duration)) || !Number.isFinite(Number(factor))) return null;
  const [x, y] = [decimalOf(duration), decimalOf(factor)];
  const numerator = x.digits * (divides ? 10n ** BigInt(y.scale) : y.digits);
  const denominator = 10n ** BigInt(x.scale) * (divides ? y.digits : 10n ** BigInt(y.scale));
  if (denominator === 0n) return null;
  const whole = numerator / denominator;
  return whole >= least && whole <= most ? whole : null;
}

/** The text of a decimal: digits, and a point where some stand behind it. */
export function decimalText(value: SqlNumber): string {
  if (typeof value === "number" && !Number.isFinite(value)) return realText(value);
  const { digits, scale } = decimalOf(value);
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const point = text.length - scale;
  const fraction = text.slice(point).replace(/0+$/, "");
  return `${digits < 0n ? "-" : ""}${text.slice(0, point)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** The text of a double: what it is, where all doubles are whole, else the shortest digits, as payloads have it. */
export function realText(value: SqlNumber): string {
  const number = Number(value);
  if (isWide(number)) return String(BigInt(number));
  return Number.isFinite(number) ? String(number + 0) : number > 0 ? "INF" : "-INF";
}

/** The number nearest to a decimal of any length. */
export function nearestNumber(sortable: string): SqlNumber {
  const text = decimalOfSortable(sortable);
  if (!text.includes(".") && !text.endsWith("INF")) {
    const whole = BigInt(text);
    if (whole >= least && whole <= most) return whole;
  }
  return Number(text.replace("INF", "Infinity")) + 0;
}

/** A sum of decimals of any length divided by how many they are, with twenty digits more behind the point than it has itself; a half goes away from zero. */
export function meanOf(sortable: string, count: bigint): string | null {
  const text = decimalOfSortable(sortable);
  if (count === 0n) return null;
  if (text.endsWith("INF")) return sortable;
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const twice = BigInt(whole + fraction) * 2n * 10n ** 20n;
  return sortableDecimal(`${text.startsWith("-") ? "-" : ""}${(twice + count) / (2n * count)}e-${fraction.length + 20}`);
}

/** The whole part of a decimal of any length within bounds, else null. */
export function wholeOfDecimal(sortable: string, low: SqlNumber, high: SqlNumber): bigint | null {
  const text = decimalOfSortable(sortable);
  if (text.endsWith("INF")) return null;
  const whole = BigInt(text.replace(/\..*$/, ""));
  return whole >= BigInt(low) && whole <= BigInt(high) ? whole : null;
}

/** The whole part of a number within bounds, else null. */
export function wholeWithin(value: SqlNumber, low: SqlNumber, high: SqlNumber): bigint | null {
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  const { digits, scale } = decimalOf(value);
  const whole = digits / 10n ** BigInt(scale);
  return whole >= BigInt(low) && whole <= BigInt(high) ? whole : null;
}

const number = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,4})?$/;

/** What a text says as a number: whole ones of 64 bits as they are, others as the nearest double; null when it says none, or one beyond all doubles. */
export function parsedNumber(text: string): SqlNumber | null {
  if (text.length > 800 || !number.test(text)) return null;
  if (/^-?\d+(?:\.0*)?$/.test(text)) {
    const whole = BigInt(text.replace(/\..*$/, ""));
    if (whole >= least && whole <= most) return whole;
  }
  const value = Number(text);
  return Number.isFinite(value) ? value + 0 : null;
}

/** A whole number of 64 bits. */
export function parsedWhole(text: string): bigint | null {
  if (!/^[-+]?\d{1,19}$/.test(text)) return null;
  const whole = BigInt(text.replace(/^\+/, ""));
  return whole >= least && whole <= most ? whole : null;
}
