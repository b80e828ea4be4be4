import { decimalOfSortable, sortableDecimal } from "../../base/sortableDecimal.ts";

/**
 * A sum without rounding, whatever the order: each floating-point number counts as the shortest decimal that gives it (from 2^53
 * on, where all are whole, as what it is), so that 0.1 and 0.2 make 0.3. PostgreSQL has `numeric` for it.
 */
export interface ExactSum {
  count: number;
  /** Whole multiples of a millionth, as long as they are exact. */
  millionths: number;
  /** The rest, by power of ten. */
  readonly parts: Map<number, bigint>;
  /** Infinite values: +1 each for INF, and for -INF. */
  above: number;
  below: number;
}

/** No values yet. */
export function startSum(): ExactSum {
  return { count: 0, millionths: 0, parts: new Map(), above: 0, below: 0 };
}

const scale = 1e6;
/** Up to here fifteen digits tell a double, and the sum of two stays exact. */
const exact = 1e15;

/** A further value; null is none. `sign` -1 takes it away again. */
export function addTo(sum: ExactSum, value: unknown, sign: 1 | -1 = 1): ExactSum {
  if (typeof value === "bigint") add(sum, 0, value, sign);
  else if (typeof value === "string") addDecimal(sum, decimalOfSortable(value), sign);
  else if (typeof value === "number") addNumber(sum, value, sign);
  else return sum;
  sum.count += sign;
  return sum;
}

function addNumber(sum: ExactSum, value: number, sign: 1 | -1): void {
  const millionths = Math.round(value * scale);
  if (millionths > -exact && millionths < exact && millionths / scale === value) {
    sum.millionths += sign * millionths;
    if (sum.millionths >= exact || sum.millionths <= -exact) settle(sum);
  } else if (value === Infinity) sum.above += sign;
  else if (value === -Infinity) sum.below += sign;
  else addDigits(sum, value, sign);
}

function settle(sum: ExactSum): void {
  add(sum, -6, BigInt(sum.millionths), 1);
  sum.millionths = 0;
}

function addDigits(sum: ExactSum, value: number, sign: 1 | -1): void {
  const size = Math.abs(value);
  if (size >= 2 ** 53 && value >= -(2 ** 63) && value < 2 ** 63) return add(sum, 0, BigInt(value), sign);
  const [, whole = "0", fraction = "", power = "0"] = /^(-?\d+)(?:\.(\d+))?(?:e([-+]\d+))?$/.exec(String(value))!;
  add(sum, Number(power) - fraction.length, BigInt(whole + fraction), sign);
}

/** The digits of a decimal of any length. */
function addDecimal(sum: ExactSum, text: string, sign: 1 | -1): void {
  if (text === "INF") sum.above += sign;
  else if (text === "-INF") sum.below += sign;
  else {
    const [whole = "", fraction = ""] = text.split(".");
    add(sum, -fraction.length, BigInt(whole + fraction), sign);
  }
}

function add({ parts }: ExactSum, power: number, digits: bigint, sign: 1 | -1): void {
  const known = parts.get(power) ?? 0n;
  parts.set(power, sign === 1 ? known + digits : known - digits);
}

/** The sum: a whole number of 64 bits as it is, else the nearest double; null without values, and where infinities meet. */
export function resultOf(sum: ExactSum): number | bigint | null {
  const { count, millionths, parts, above, below } = sum;
  if (count === 0 || (above > 0 && below > 0)) return null;
  if (above > 0) return Infinity;
  if (below > 0) return -Infinity;
  if (parts.size === 0) return millionths % scale === 0 ? BigInt(millionths / scale) : millionths / scale;
  const { digits, power } = totalOf(sum);
  return numberOf(digits, power);
}

function totalOf({ parts, millionths }: ExactSum): { readonly digits: bigint; readonly power: number } {
  const all = [...parts, [-6, BigInt(millionths)] as const];
  const lowest = Math.min(...all.map(([power]) => power));
  return { digits: all.reduce((total, [power, part]) => total + part * 10n ** BigInt(power - lowest), 0n), power: lowest };
}

/** The sum of decimals of any length, with all its digits, as `base/sortableDecimal.ts` writes it. */
export function decimalResultOf(sum: ExactSum): string | null {
  const { count, above, below } = sum;
  if (count === 0 || (above > 0 && below > 0)) return null;
  if (above > 0 || below > 0) return sortableDecimal(above > 0 ? "INF" : "-INF");
  const { digits, power } = totalOf(sum);
  return sortableDecimal(`${digits}e${power}`);
}

function numberOf(digits: bigint, power: number): number | bigint {
  if (power >= 0 || digits % 10n ** BigInt(-power) === 0n) {
    const whole = power >= 0 ? digits * 10n ** BigInt(power) : digits / 10n ** BigInt(-power);
    if (BigInt.asIntN(64, whole) === whole) return whole;
  }
  return Number(`${digits}e${power}`);
}
