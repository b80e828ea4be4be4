import type { Scalar } from "../../plan/typed.ts";
import type { ColumnKind } from "../schema.ts";
import type { Cell } from "./ends.ts";

/** The cell of a value that SQLite gave. */
export function cellOf(value: Scalar): Cell {
  return value === null || typeof value === "string" ? value : String(value);
}

const asText = (cell: Cell): Cell => cell;

/** The readers of texts as PostgreSQL prints them, by kind of column. */
export const cellReaders: Readonly<Record<ColumnKind, (text: Cell) => Cell>> = {
  text: asText,
  integer: asText,
  boolean: (text) => text && (text === "t" ? "1" : "0"),
  real: (text) => text && String(Number(text)),
  numeric: (text) => text && numeric(text),
  decimal: asText,
};

/** Whole numbers of 64 bits in digits, all others as the nearest double: what a column of SQLite holds. */
function numeric(text: string): string {
  const [digits = ""] = text.split(".");
  if (/^-?\d+(?:\.0*)?$/.test(text) && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)) return String(BigInt(digits));
  return String(Number(text));
}

/** The values that SQLite is given for cells, by kind of column. */
export const valueReaders: Readonly<Record<ColumnKind, (cell: Cell) => Scalar>> = {
  text: asText,
  integer: wholeNumber,
  boolean: wholeNumber,
  real: (cell) => (cell === null ? null : Number(cell)),
  numeric: (cell) => (cell === null || !/^-?\d+$/.test(cell) ? cell && Number(cell) : wholeNumber(cell)),
  decimal: asText,
};

function wholeNumber(cell: Cell): Scalar {
  if (cell === null) return null;
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : BigInt(cell);
}
