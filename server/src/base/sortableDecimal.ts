/**
 * A decimal as text whose bytes sort as the numbers do; one number has one text: `0` and what follows for negative ones, `1` for zero, `2` and what follows
 * for positive ones, where there follow four digits of the power of ten (counted from 5000) and the digits that count. Of a negative number every digit is its
 * complement to 9, and a colon, which is above all digits, ends it. `-` is less than all (-INF), `3` is more (INF). What is beyond 10^4999 is infinite here, what is
 * nearer to zero than 10^-5001 is the least that is none.
 */
export function sortableDecimal(text: string): string {
  if (text === "INF") return infinite;
  if (text === "-INF") return negativeInfinite;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = form.exec(text) ?? [];
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  if (first < 0) return zero;
  const power = whole.length - first + Number(exponent) + bias;
  if (power > 9999) return sign === "-" ? negativeInfinite : infinite;
  const plain = power < 0 ? "00001" : String(power).padStart(4, "0") + withoutZeros(all.slice(first));
  return sign === "-" ? `0${complement(plain)}:` : `2${plain}`;
}

const [infinite, negativeInfinite, zero] = ["3", "-", "1"];
const bias = 5000;
const form = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/;

function withoutZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return digits.slice(0, end);
}

function complement(digits: string): string {
  let text = "";
  for (let at = 0; at < digits.length; at += 1) text += String(0x39 - digits.charCodeAt(at));
  return text;
}

/** The digits of a decimal that `sortableDecimal` gave, without an exponent; `INF` and `-INF`. */
export function decimalOfSortable(code: string): string {
  if (code === infinite) return "INF";
  if (code === negativeInfinite) return "-INF";
  if (code === zero) return "0";
  const isNegative = code.startsWith("0");
  const plain = isNegative ? complement(code.slice(1, -1)) : code.slice(1);
  const power = Number(plain.slice(0, 4)) - bias;
  return `${isNegative ? "-" : ""}${pointed(plain.slice(4), power)}`;
}

function pointed(digits: string, power: number): string {
  if (power <= 0) return `0.${"0".repeat(-power)}${digits}`;
  return power >= digits.length ? digits.padEnd(power, "0") : `${digits.slice(0, power)}.${digits.slice(power)}`;
}

/** A number of SQL the same way: a double counts as the shortest decimal that gives it, from 2^53 on, where all are whole, as what it is. */
export function sortableNumber(value: number | bigint): string {
  if (typeof value === "bigint") return sortableDecimal(String(value));
  if (!Number.isFinite(value)) return value > 0 ? infinite : negativeInfinite;
  const isWhole = Math.abs(value) >= 2 ** 53 && value >= -(2 ** 63) && value < 2 ** 63;
  return sortableDecimal(isWhole ? String(BigInt(value)) : String(value));
}
