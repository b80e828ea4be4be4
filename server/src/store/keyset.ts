import type { OrderItem } from "../plan/plan.ts";
import { sortableNumber } from "../base/sortableDecimal.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Dialect, ValueKind } from "./dialect.ts";
import type { Run } from "./sqlText.ts";

/** One order expression as SQL. */
export interface OrderTerm {
  readonly sql: string;
  readonly descending: boolean;
  /** False only for the key: any other value may be missing in a stored row. */
  readonly nullable: boolean;
  readonly kind: ValueKind;
  readonly item: OrderItem;
}

/**
 * A range of rows behind a cursor: the terms before `index` stand at the cursor's values (of which some are null), the
 * one there behind its value, among the values that follow null, or at null.
 */
export interface KeysetRange {
  readonly index: number;
  readonly nulls: readonly boolean[];
  readonly behind: "above" | "below" | "not null" | "null";
}

/**
 * The rows behind a cursor as ranges that follow each other: those equal in all terms but the last, then
 * in all but the last two, and so on. Each is one range of an index that begins with the terms. Nulls sort lowest.
 */
export function keysetRanges(terms: readonly OrderTerm[], cursor: readonly Scalar[]): KeysetRange[] {
  const nulls = terms.map((_, index) => (cursor[index] ?? null) === null);
  return terms
    .map((_, index) => terms.length - 1 - index)
    .flatMap((index) => rangesBehind(terms[index]!, nulls[index]!).map((behind) => ({ index, nulls, behind })));
}

function rangesBehind({ descending, nullable }: OrderTerm, isNull: boolean): KeysetRange["behind"][] {
  if (isNull) return descending ? [] : ["not null"];
  if (!descending) return ["above"];
  return nullable ? ["below", "null"] : ["below"];
}

/** A range as SQL: its conditions, and the terms that still order it. `place` gives the parameter of the cursor's value for a term. */
export function rangeText(
  { index, nulls, behind }: KeysetRange,
  terms: readonly OrderTerm[],
  place: (index: number) => string,
): { conditions: string[]; order: readonly OrderTerm[] } {
  const equal = terms.slice(0, index).map(({ sql }, at) => (nulls[at] === true ? `${sql} IS NULL` : `${sql} = ${place(at)}`));
  const { sql } = terms[index]!;
  const conditions = {
    above: () => `${sql} > ${place(index)}`,
    below: () => `${sql} < ${place(index)}`,
    "not null": () => `${sql} IS NOT NULL`,
    null: () => `${sql} IS NULL`,
  };
  return { conditions: [...equal, conditions[behind]()], order: terms.slice(behind === "null" ? index + 1 : index) };
}

type ReadCursor = (run: Pick<Run, "cursor">) => Scalar;

const readers: Record<"plain" | "decimal", ReadCursor[]> = { plain: [], decimal: [] };

/** Reads the value of a cursor for a term, by one and the same function each time. Links of the versions before have decimals as numbers. */
export function cursorReader(index: number, kind: ValueKind): ReadCursor {
  const known = readers[kind === "decimal" ? "decimal" : "plain"];
  return (known[index] ??= kind === "decimal" ? (run) => asDecimal(run.cursor[index] ?? null) : (run) => run.cursor[index] ?? null);
}

function asDecimal(value: Scalar): Scalar {
  return value === null || typeof value === "string" ? value : sortableNumber(value);
}

/** ` ORDER BY ...`, or nothing when no term is left. */
export function orderBy(terms: readonly OrderTerm[], dialect: Dialect): string {
  if (terms.length === 0) return "";
  return ` ORDER BY ${terms.map(({ sql, descending, nullable }) => `${sql}${descending ? " DESC" : ""}${nullable ? dialect.nullsLowest(descending) : ""}`).join(", ")}`;
}
