import { linkIndexName, ordinalsOf } from "../ddl.ts";
import { indexColumns, sideIndexColumns } from "../indexes.ts";
import type { Column, StoreSchema, Table } from "../schema.ts";
import type { SqliteConnection } from "./driver.ts";

/**
 * What SQLite's planner shall believe of every index, in `sqlite_stat1` (https://sqlite.org/fileformat2.html#stat1tab).
 * Without it each index looks alike, for all begin with the hub, which it takes for selective. Measured figures would
 * differ from file to file and by the largest hub; these are the same for all, so that plans are, too.
 */
export function writePlanStatistics(connection: SqliteConnection, schema: StoreSchema): void {
  // Makes the table; nothing is measured.
  connection.exec("ANALYZE sqlite_schema; DELETE FROM sqlite_stat1");
  const insert = connection.prepare("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)");
  for (const table of schema.tables) {
    insert.run([table.name, `sqlite_autoindex_${table.name}_1`, statistic(table, ["hub", ...table.parents, "id"], rows)]);
    for (const { name, columns, unique } of indexColumns(table)) {
      insert.run([
        table.name,
        name,
        unique
          ? statistic(
              table,
              columns.map(({ name: column }) => column),
              rows,
            ).replace(/\d+$/, "1")
          : statistic(
              table,
              columns.map(({ name: column }) => column),
              rows,
            ),
      ]);
    }
    for (const side of table.sides) {
      insert.run([side.name, side.name, statistic(table, ["hub", ...table.parents, "n", ...ordinalsOf(side)], sideRows)]);
      for (const { name, columns } of sideIndexColumns(side, table))
        insert.run([side.name, name, statistic({ ...table, columns: side.columns }, columns, sideRows)]);
    }
  }
  for (const { name } of schema.links) {
    insert.run([name, name, `${sideRows} 1000000 10 1`]);
    insert.run([name, linkIndexName(name), `${sideRows} 1000000 10 1`]);
  }
  connection.exec("ANALYZE sqlite_schema");
}

const rows = 1_000_000;
const sideRows = 10_000_000;

/** How many times fewer rows share a value of the column than share the columns before it. */
function selectivity(table: Pick<Table, "columns">, name: string): number {
  if (name === "hub") return 10;
  if (name === "type") return 3;
  if (name === "id" || name === "n") return 100_000;
  if (/^[po]\d$/.test(name)) return 1000;
  const type = table.columns.find((column: Column) => column.name === name)?.property.type;
  return type?.kind === "enum" || type?.name === "Edm.Boolean" ? 5 : 1000;
}

function statistic(table: Pick<Table, "columns">, columns: readonly string[], all: number): string {
  const shares: number[] = [];
  let left = all;
  for (const column of columns) {
    left = Math.max(1, Math.floor(left / selectivity(table, column)));
    shares.push(left);
  }
  return [all, ...shares].join(" ");
}
