import { shortName } from "./names.ts";
import type { SideTable, Table } from "./schema.ts";

/** An index of a table of rows. */
export interface RowIndex {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly descending: boolean }[];
  /** Unique, over rows that have the last column. */
  readonly unique: boolean;
}

/**
 * The indexes of a table: by natural key; for its default order, unless that is one indexed column, whose own index
 * read from either end serves it (the key goes the way of the last column, `plan/bindQuery.ts`); and for each indexed column in front of the
 * default order, so that a page of an equality filter is one range of one index, and so is a page in the column's own order; and for what the place says is asked for together.
 */
export function indexColumns(table: Table): RowIndex[] {
  const owner = ["hub", ...table.parents];
  const order = table.defaultOrder.map(({ column, descending }) => ({ name: column.name, descending }));
  const found: RowIndex[] = [];
  const add = (ending: string, columns: readonly string[], { behind = [], unique = false }: { behind?: RowIndex["columns"]; unique?: boolean } = {}): void => {
    const plain = [...owner, ...columns].map((name) => ({ name, descending: false }));
    found.push({ name: shortName(`${table.name}.${ending}`), columns: [...plain, ...behind], unique });
  };
  const inOrder = [...order, { name: "id", descending: order.at(-1)?.descending === true }];
  if (table.place.definition.unique !== undefined || table.place.alternate !== undefined) add("natural", ["natural"], { unique: true });
  const indexed = table.columns.filter((column) => column.indexed).map(({ name }) => name);
  const isServed = order.length === 1 && indexed.includes(order[0]!.name);
  if (order.length > 0 && !isServed) add("order", [], { behind: inOrder });
  for (const name of table.polymorphic ? ["type", ...indexed] : indexed) {
    if (name !== order[0]?.name) add(`by ${name}`, [name], { behind: inOrder });
    else if (isServed) add(`by ${name}`, [name, "id"]);
  }
  for (const columns of queuesOf(table)) add(`queue ${columns.join(" ")}`, [...columns, "id"]);
  return found;
}

/** What is asked for together, by the names of its columns. */
function queuesOf({ place, byPath }: Table): readonly (readonly string[])[] {
  return (place.definition.queues ?? []).map((paths) => paths.flatMap((path) => byPath.get(path)?.[0]?.name ?? []));
}

/** The indexes of a side table: a value leads to its owners. */
export function sideIndexColumns(side: SideTable, table: Table): { readonly name: string; readonly columns: readonly string[] }[] {
  return side.columns
    .filter((column) => column.indexed)
    .map(({ name }) => ({ name: shortName(`${side.name}.by ${name}`), columns: ["hub", ...table.parents, name, "n"] }));
}
