import { linkColumns, ordinalsOf } from "./ddl.ts";
import { fixedShapes, type FixedColumn } from "./fixedShapes.ts";
import type { ColumnKind, SideTable, StoreSchema, Table } from "./schema.ts";

/** A table as data: what it takes to read its rows from one database and to write them into another. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  /** Tells rows apart; none of these columns is ever null. */
  readonly key: readonly string[];
}

/** Every table of a store but the one in which a database says what its own tables are like: the fixed ones, then rows and side rows of each place. */
export function tableShapes(schema: StoreSchema): TableShape[] {
  const carried = Object.entries(fixedShapes).filter(([name]) => name !== "schema_versions");
  const fixed = carried.map(([name, { columns, key }]) => ({
    name,
    columns: Object.entries(columns).map(([column, kind]) => ({ name: column, kind: kindOf(kind) })),
    key,
  }));
  const links = schema.links.map(({ name }) => ({ name, columns: integers(...linkColumns), key: linkColumns }));
  return [...fixed, ...schema.tables.flatMap((table) => [rowsShape(table), ...table.sides.map((side) => sideShape(side, table))]), ...links];
}

function kindOf(column: FixedColumn): ColumnKind {
  return column.startsWith("text") ? "text" : "integer";
}

const integers = (...names: readonly string[]) => names.map((name) => ({ name, kind: "integer" as const }));
const texts = (...names: readonly string[]) => names.map((name) => ({ name, kind: "text" as const }));

function rowsShape({ name, parents, columns }: Table): TableShape {
  const typed = columns.map(({ name: column, kind }) => ({ name: column, kind }));
  return {
    name,
    columns: [...integers("n", "hub"), ...texts(...parents, "id"), ...integers("seq"), ...texts("type", "natural"), ...typed, ...texts("body")],
    key: ["hub", "n"],
  };
}

function sideShape(side: SideTable, { parents }: Table): TableShape {
  const ordinals = ordinalsOf(side);
  return {
    name: side.name,
    columns: [...integers("hub"), ...texts(...parents), ...integers("n", ...ordinals), ...side.columns.map(({ name, kind }) => ({ name, kind }))],
    key: ["hub", ...parents, "n", ...ordinals],
  };
}
