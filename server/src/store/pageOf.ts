import type { Cursor, Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
import type { CompiledApplied } from "./compileApplied.ts";
import { bodyColumn, orderValues, readRow, type RowShape, type Shared } from "./rowShape.ts";
import type { Page, Row } from "./store.ts";

/** How many rows a page gives and how many are fetched for it: one more shows whether another page follows. */
export interface PageSize {
  readonly size: number;
  readonly fetch: number;
  /** Rows still to be given of the client's $top, this page's included. */
  readonly remaining?: number;
}

/** The size of a page of a query, behind a cursor or at its start. */
export function pageSizeOf(query: Query, cursor?: Cursor): PageSize {
  const remaining = cursor === undefined ? query.top : cursor.remaining;
  if (remaining === undefined) return { size: query.pageSize, fetch: query.pageSize + 1 };
  const size = Math.min(query.pageSize, remaining);
  return { size, fetch: size === remaining ? size : size + 1, remaining };
}

type Values = readonly Scalar[];

/** How fetched values become rows, and how many characters of bodies a page may have. */
export interface PageForm {
  readonly shape: RowShape;
  readonly shared: Shared;
  readonly budget: number;
  /** Where the values stand that `$apply` made. */
  readonly applied?: Pick<CompiledApplied, "values" | "tell">;
}

/** The page of fetched rows: cut by the size and by the budget, never empty when there are rows. */
export function pageOf(fetched: readonly Values[], { size, remaining }: PageSize, { shape, shared, budget, applied }: PageForm): Page {
  const count = within(fetched, size, budget);
  const stored = fetched.slice(0, count).map((values) => readRow(values, shape, shared));
  const rows = applied === undefined ? stored : stored.map((row, index): Row => ({ ...row, made: madeOf(fetched[index]!, applied) }));
  const left = remaining === undefined ? undefined : remaining - count;
  if (count === 0 || left === 0 || count === fetched.length) return { rows };
  return { rows, next: { values: orderValues(fetched[count - 1]!, shape), ...(left === undefined ? {} : { remaining: left }) } };
}

function madeOf(values: Values, { values: places, tell }: Pick<CompiledApplied, "values" | "tell">): NonNullable<Row["made"]> {
  return { shape: tell === undefined ? 0 : Number(values[tell]), values: places.map((place) => values[place] ?? null) };
}

function within(fetched: readonly Values[], size: number, budget: number): number {
  let length = 0;
  let count = 0;
  while (count < size && count < fetched.length) {
    length += (fetched[count]![bodyColumn] as string).length;
    if (length > budget && count > 0) break;
    count += 1;
  }
  return count;
}
