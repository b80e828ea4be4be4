import { fixedIndexes, fixedTables, indexDefinitions, linkIndexDefinition, sideIndexDefinitions } from "./ddl.ts";
import { auditIndexes } from "./audit/auditView.ts";
import type { Dialect } from "./dialect.ts";
import { shapeOf, type StoreSchema } from "./schema.ts";
import { tableShapes } from "./tableShapes.ts";

/** What a database has, as far as a migration looks at it. */
export interface FoundSchema {
  /** Version of the tables that do not come from the model, and hash of the model; absent: there are no tables yet. */
  readonly recorded?: { readonly store: number; readonly model: string; readonly shapes: Readonly<Record<string, string>> };
  /** Names of columns by table. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
  readonly indexes: ReadonlySet<string>;
  /** Tables that are there in one piece and shall be divided. */
  readonly undivided?: readonly string[];
  /** How many rows a table has. */
  readonly count: (table: string) => Promise<number>;
}

/** What a migration would do. */
export interface MigrationPlan {
  /** The versions that it leads from and to; `from` absent: there are no tables yet. */
  readonly from?: { readonly store: number; readonly model: string };
  readonly to: { readonly store: number; readonly model: string };
  readonly steps: readonly MigrationStep[];
}

/** One of the things to be done. */
export interface MigrationStep {
  readonly does: "makes the table" | "divides by time" | "adds columns to" | "makes the index" | "writes the rows anew of";
  readonly name: string;
  /** Columns that are added, or the number of rows. */
  readonly detail: string;
}

/** Compares what is there with what this program wants. `all`: every row is written anew, whatever its shape. */
export async function planMigration(
  found: FoundSchema,
  { schema, dialect, store, all = false }: { readonly schema: StoreSchema; readonly dialect: Dialect; readonly store: number; readonly all?: boolean },
): Promise<MigrationPlan> {
  const steps: MigrationStep[] = [];
  const { recorded } = found;
  const names = new Set([...fixedTables(dialect).map(({ name }) => name), ...tableShapes(schema).map(({ name }) => name)]);
  for (const name of names) if (!found.tables.has(name)) steps.push({ does: "makes the table", name, detail: "" });
  for (const name of found.undivided ?? []) steps.push({ does: "divides by time", name, detail: "its rows stay where they are" });
  for (const { name, columns } of tableShapes(schema)) {
    const known = found.tables.get(name);
    const lacking = known === undefined ? [] : columns.filter((column) => !known.has(column.name)).map((column) => column.name);
    if (lacking.length > 0) steps.push({ does: "adds columns to", name, detail: lacking.join(", ") });
  }
  const indexes = [
    ...fixedIndexes(dialect),
    ...auditIndexes(schema, dialect),
    ...schema.links.map((link) => linkIndexDefinition(link, dialect)),
    ...schema.tables.flatMap((table) => [...indexDefinitions(table, dialect), ...table.sides.flatMap((side) => sideIndexDefinitions(side, table, dialect))]),
  ];
  for (const { name } of indexes) if (!found.indexes.has(name)) steps.push({ does: "makes the index", name, detail: "" });
  for (const table of schema.tables) {
    const shaped = recorded?.shapes[table.place.path] === shapeOf(table);
    if (!found.tables.has(table.name) || (shaped && !all)) continue;
    const rows = await found.count(table.name);
    if (rows > 0) steps.push({ does: "writes the rows anew of", name: table.place.path, detail: `${rows} rows` });
  }
  const to = { store, model: schema.model.version };
  return recorded === undefined ? { to, steps } : { from: { store: recorded.store, model: recorded.model }, to, steps };
}
