import type { Scalar } from "../../plan/typed.ts";
import { sqliteDialect } from "./dialect.ts";
import type { StoredRow } from "../rowOf.ts";
import type { Table } from "../schema.ts";
import { statementsOf } from "../statements.ts";
import type { SqliteConnection } from "./driver.ts";

/** The side rows of one row: its key (hub, parents, n), its elements, and whether the row is new. */
export interface SideWrite {
  readonly key: readonly Scalar[];
  readonly sides: StoredRow["sides"];
  readonly fresh: boolean;
}

/** Writes the side rows of a row in place of those it had. */
export function writeSides(connection: SqliteConnection, table: Table, { key, sides, fresh }: SideWrite): void {
  for (const [index, statements] of statementsOf(table, sqliteDialect).sides.entries()) {
    if (!fresh) connection.prepare(statements.remove).run(key);
    const rows = sides[index]!;
    if (rows.length === 0) continue;
    const insert = connection.prepare(statements.insert);
    for (const row of rows) insert.run([...key, ...row]);
  }
}
