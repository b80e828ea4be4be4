import type { StoreSchema } from "../schema.ts";
import { tableShapes, type TableShape } from "../tableShapes.ts";
import { cellOf } from "../transfer/cells.ts";
import type { Cells, Portion, TransferSource } from "../transfer/ends.ts";
import { fingerprintOf, tellingTables } from "../transfer/fingerprint.ts";
import { portionsOf } from "../transfer/portions.ts";
import { sqliteDialect } from "./dialect.ts";
import type { SqliteConnection } from "./driver.ts";
import { requireCurrent } from "./migrate.ts";
import { nodeSqlite } from "./nodeSqlite.ts";

const { quote } = sqliteDialect;
const list = (names: readonly string[]): string => names.map(quote).join(", ");

/** A data file as it stands in this moment, beside a server that writes or without one. Throws a plain Error for one that is not of this program's version. */
export function openTransferSource(file: string, schema: StoreSchema): TransferSource {
  const connection = nodeSqlite.open(file, { readOnly: true });
  try {
    connection.exec("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; BEGIN");
    requireCurrent(connection, schema, file);
    const counts = countsIn(connection, tableShapes(schema));
    const telling = tellingTables.flatMap((table) => connection.prepare(`SELECT '${table}', * FROM ${quote(table)}`).all([]));
    return {
      fingerprint: fingerprintOf("sqlite", telling, counts),
      counts,
      read: (shape, after) => readRows(connection, shape, after),
      async leaseToken() {
        return String(connection.prepare(`SELECT "value" FROM "system_values" WHERE "name" = 'lease token'`).get([])?.[0] ?? 0);
      },
      close: async () => connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** How many rows the tables have. */
export function countsIn(connection: SqliteConnection, shapes: readonly TableShape[]): Map<string, number> {
  return new Map(shapes.map(({ name }) => [name, Number(connection.prepare(`SELECT count(*) FROM ${quote(name)}`).get([])![0])]));
}

/** The rows of a table in the order in which they lie. */
export async function* readRows(connection: SqliteConnection, shape: TableShape, after?: Cells): AsyncGenerator<Portion> {
  // Rows are numbered throughout their table and stored in that order.
  const order = shape.columns[0]!.name === "n" ? ["n"] : shape.key;
  const numbers = new Set(shape.columns.flatMap(({ name, kind }) => (kind === "integer" ? [name] : [])));
  const columns = shape.columns.map(({ name }) => name);
  const behind = after === undefined ? "" : ` WHERE (${list(order)}) > (${order.map((_, index) => `?${index + 1}`).join(", ")})`;
  const values = (after ?? []).map((cell, index) => (numbers.has(order[index]!) ? BigInt(cell!) : cell));
  const rows = connection.prepare(`SELECT ${list(columns)} FROM ${quote(shape.name)}${behind} ORDER BY ${list(order)}`, true).iterate(values);
  const places = order.map((name) => columns.indexOf(name));
  for (const portion of portionsOf(cellsOf(rows))) yield { rows: portion, after: places.map((place) => portion.at(-1)![place]!) };
}

function* cellsOf(rows: Iterable<readonly Parameters<typeof cellOf>[0][]>): Generator<Cells> {
  for (const row of rows) yield row.map(cellOf);
}
