import type { Cursor, Query } from "../plan/plan.ts";
import type { Scalar } from "../plan/typed.ts";
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

/** A row as fetched: what goes out, and the values of the order's terms. */
export interface FetchedRow {
  readonly row: Row;
  readonly order: readonly Scalar[];
}

/** The page of fetched rows; `cut` when the byte budget ended the reading. */
export function pageOf(fetched: readonly FetchedRow[], { size, remaining }: PageSize, cut: boolean): Page {
  const given = fetched.slice(0, size);
  const rows = given.map(({ row }) => row);
  const last = given.at(-1);
  const left = remaining === undefined ? undefined : remaining - given.length;
  if (last === undefined || left === 0 || (!cut && fetched.length <= size)) return { rows };
  return { rows, next: { values: last.order, ...(left === undefined ? {} : { remaining: left }) } };
}
