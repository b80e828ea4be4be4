import { longNotation } from "../base/longNotation.ts";
import { decimalOfSortable } from "../base/sortableDecimal.ts";
import type { EnumType } from "../edm/types.ts";
import type { Format } from "../odata/parseAccept.ts";
import type { Leaf } from "../plan/apply.ts";
import type { Scalar } from "../plan/typed.ts";

/** A value as the store compares it, as JSON text of its type (OData JSON Format 7.1): instants in UTC, members of enumerations by name. */
export function valueText(value: Scalar, type: Leaf, { ieee754Compatible }: Pick<Format, "ieee754Compatible">): string {
  if (value === null) return "null";
  if (type.kind === "enum") return JSON.stringify(memberOf(Number(value), type));
  switch (type.name) {
    case "Edm.Boolean":
      return value === 0 ? "false" : "true";
    case "Edm.Double":
    case "Edm.Single":
      return double(typeof value === "string" ? nearest(value) : Number(value));
    case "Edm.Decimal":
    case "Edm.Int64": {
      const text = typeof value === "string" ? decimal(value) : longNotation(number(value));
      return ieee754Compatible && /\d/.test(text) ? JSON.stringify(text) : text;
    }
    case "Edm.Duration":
      return JSON.stringify(duration(BigInt(value)));
    case "Edm.DateTimeOffset":
      return JSON.stringify(`${withoutZeros(String(value).slice(0, -1))}Z`);
    case "Edm.TimeOfDay":
      return JSON.stringify(withoutZeros(String(value)));
    default:
      return typeof value === "string" ? JSON.stringify(value) : number(value);
  }
}

/** A decimal of any length, as the store compares it. */
function decimal(value: string): string {
  const text = decimalOfSortable(value);
  return text.endsWith("INF") ? JSON.stringify(text) : text;
}

function nearest(value: string): number {
  return Number(decimalOfSortable(value).replace("INF", "Infinity"));
}

/** Whole numbers of 64 bits stand with all their digits, whether an engine gave them exactly or as a floating-point number that is one. */
function number(value: Scalar): string {
  if (typeof value !== "number") return String(value);
  const isLong = Number.isInteger(value) && !Number.isSafeInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
  return isLong ? String(BigInt(value)) : double(value);
}

function double(value: number): string {
  if (Number.isNaN(value)) return "null";
  return Number.isFinite(value) ? JSON.stringify(value) : value > 0 ? '"INF"' : '"-INF"';
}

/** `.1200000` as `.12`, `.0000000` as nothing. */
function withoutZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** The member's name; of flags those of all bits. */
function memberOf(value: number, { flags, members }: EnumType): string {
  const exact = members.find((member) => member.value === value);
  if (exact !== undefined || !flags) return exact?.name ?? String(value);
  const within = members.filter((member) => member.value !== 0 && (value & member.value) === member.value);
  return within.length === 0 ? String(value) : within.map(({ name }) => name).join(",");
}

/** Units of 100 ns as ISO 8601: `P1DT2H3M4.5S`. */
function duration(ticks: bigint): string {
  const size = ticks < 0n ? -ticks : ticks;
  const seconds = size / 10_000_000n;
  const fraction = String(size % 10_000_000n)
    .padStart(7, "0")
    .replace(/0+$/, "");
  const parts = [seconds / 3600n % 24n, seconds / 60n % 60n, seconds % 60n] as const; // prettier-ignore
  const days = seconds / 86_400n;
  const second = parts[2] > 0n || fraction !== "" ? `${parts[2]}${fraction === "" ? "" : `.${fraction}`}S` : "";
  const time = `${parts[0] > 0n ? `${parts[0]}H` : ""}${parts[1] > 0n ? `${parts[1]}M` : ""}${second}`;
  if (days === 0n && time === "") return "PT0S";
  return `${ticks < 0n ? "-" : ""}P${days > 0n ? `${days}D` : ""}${time === "" ? "" : `T${time}`}`;
}
