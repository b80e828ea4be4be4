import type { Scalar } from "../plan/typed.ts";
import type { OrderTerm } from "./keyset.ts";
import type { ScopeKind } from "./compileQuery.ts";
import type { Dialect } from "./dialect.ts";
import type { Table } from "./schema.ts";
import type { Row } from "./store.ts";

/** What a list selects of each row, as little as will do: every column costs, a hundred times a page. */
export interface RowShape {
  /** The select list: id, seq, body, then what varies here of type, hub and the order's values. */
  readonly columns: readonly string[];
  readonly type?: number;
  readonly hub?: number;
  /** Where the value of each order term stands. */
  readonly order: readonly number[];
}

/** Where the body stands. */
export const bodyColumn = 2;

/** The shape of a table's rows with the values of an order. */
export function rowShape(table: Table, scope: ScopeKind, { dialect, terms }: { readonly dialect: Dialect; readonly terms: readonly OrderTerm[] }): RowShape {
  const columns = ["id", "seq", "body"].map((name) => `t.${dialect.quote(name)}`);
  const add = (sql: string): number => columns.push(sql) - 1;
  const type = table.polymorphic ? { type: add(`t.${dialect.quote("type")}`) } : {};
  const hub =
    scope === "fleet"
      ? { hub: add(`(SELECT h.${dialect.quote("hub")} FROM ${dialect.quote("hubs")} AS h WHERE h.${dialect.quote("n")} = t.${dialect.quote("hub")})`) }
      : {};
  const order = terms.map(({ sql }, index) => (columns[0] === sql ? 0 : add(`${sql} AS k${index}`)));
  return { columns, ...type, ...hub, order };
}

/** What all rows of a page share. */
export interface Shared {
  readonly hub: string;
  readonly parents: readonly string[];
  readonly type: string;
}

/** A fetched row as the port gives it. */
export function readRow(values: readonly Scalar[], { type, hub }: Pick<RowShape, "type" | "hub">, shared: Shared): Row {
  return {
    hub: hub === undefined ? shared.hub : (values[hub] as string),
    parents: shared.parents,
    id: values[0] as string,
    seq: values[1] as number,
    type: type === undefined ? shared.type : (values[type] as string),
    body: values[bodyColumn] as string,
  };
}

/** The values of the order's terms in a fetched row: a cursor behind it. */
export function orderValues(values: readonly Scalar[], { order }: RowShape): Scalar[] {
  return order.map((index) => values[index] ?? null);
}
