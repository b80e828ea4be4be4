import { existsSync } from "node:fs";
import { planMigration, type MigrationPlan } from "../planMigration.ts";
import type { StoreSchema } from "../schema.ts";
import { sqliteDialect as dialect } from "./dialect.ts";
import { recordedIn, requireKnown, storeVersion } from "./migrate.ts";
import { nodeSqlite } from "./nodeSqlite.ts";

/** What opening a data file with this program would do to it; nothing is touched. Throws a plain Error for a file of a newer program, or of another one. */
export async function migrationPlan(file: string, schema: StoreSchema): Promise<MigrationPlan> {
  const wanted = { schema, dialect, store: storeVersion };
  if (!existsSync(file)) return planMigration({ tables: new Map(), indexes: new Set(), count: async () => 0 }, wanted);
  const connection = nodeSqlite.open(file, { readOnly: true });
  try {
    connection.exec("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; BEGIN");
    requireKnown(connection, file);
    const names = (type: string): string[] =>
      connection
        .prepare("SELECT name FROM sqlite_master WHERE type = ?1")
        .all([type])
        .map(([name]) => String(name));
    const columns = (table: string): Set<string> =>
      new Set(
        connection
          .prepare("SELECT name FROM pragma_table_info(?1)")
          .all([table])
          .map(([name]) => String(name)),
      );
    const recorded = recordedIn(connection);
    const found = {
      ...(recorded === undefined ? {} : { recorded }),
      tables: new Map(names("table").map((table) => [table, columns(table)])),
      indexes: new Set(names("index")),
      count: async (table: string) => Number(connection.prepare(`SELECT count(*) FROM ${dialect.quote(table)}`).get([])![0]),
    };
    return await planMigration(found, { ...wanted, all: recorded?.store === 1 });
  } finally {
    connection.close();
  }
}
