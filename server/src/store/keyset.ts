import type { OrderItem } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import type { Dialect } from "./dialect.ts";

/** One order expression as SQL. */
export interface OrderTerm {
  readonly sql: string;
  readonly descending: boolean;
  /** False only for the key: any other value may be missing in a stored row. */
  readonly nullable: boolean;
  readonly item: OrderItem;
}

/** A range of rows behind a cursor: its conditions, and the terms that still order it. */
export interface KeysetBranch {
  readonly conditions: readonly string[];
  readonly order: readonly OrderTerm[];
}

/**
 * The rows behind a cursor as ranges that follow each other: those equal in all terms but the last, then
 * in all but the last two, and so on. Each is one range of an index that begins with the terms. Nulls sort lowest.
 */
export function keysetBranches(terms: readonly OrderTerm[], cursor: readonly Scalar[], place: (index: number) => string): KeysetBranch[] {
  const branches: KeysetBranch[] = [];
  for (let index = terms.length - 1; index >= 0; index -= 1) {
    const equal = terms.slice(0, index).map((term, at) => (cursor[at] === null ? `${term.sql} IS NULL` : `${term.sql} = ${place(at)}`));
    for (const behind of rangesBehind(terms[index]!, cursor[index] ?? null, () => place(index))) {
      const order = behind.endsWith("IS NULL") ? terms.slice(index + 1) : terms.slice(index);
      branches.push({ conditions: [...equal, behind], order });
    }
  }
  return branches;
}

function rangesBehind({ sql, descending, nullable }: OrderTerm, value: Scalar, place: () => string): string[] {
  if (value === null) return descending ? [] : [`${sql} IS NOT NULL`];
  if (!descending) return [`${sql} > ${place()}`];
  return nullable ? [`${sql} < ${place()}`, `${sql} IS NULL`] : [`${sql} < ${place()}`];
}

/** ` ORDER BY ...`, or nothing when no term is left. */
export function orderBy(terms: readonly OrderTerm[], dialect: Dialect): string {
  if (terms.length === 0) return "";
  return ` ORDER BY ${terms.map(({ sql, descending }) => `${sql}${descending ? " DESC" : ""}${dialect.nullsLowest(descending)}`).join(", ")}`;
}
