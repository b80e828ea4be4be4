import { sqliteDialect } from "./dialect.ts";
import { storeVersion } from "./migrate.ts";
import { nodeSqlite } from "./nodeSqlite.ts";

/** What a data file says of itself. */
export interface DatabaseFacts {
  /** Version of the tables that do not come from the model. */
  readonly version: number;
  /** The version that this program writes: it reads that and older ones. */
  readonly known: number;
  /** Hash of the model that its rows follow. */
  readonly model: string;
  /** Rows of each table. */
  readonly counts: Readonly<Record<string, number>>;
  /** What the check found; empty when all is well. */
  readonly faults: readonly string[];
}

/**
 * Looks a data file over, without changing it. The quick check goes through every page; the whole one (`PRAGMA
 * integrity_check`) compares indexes with their tables too. Throws when it is no SQLite database.
 */
export function inspectDatabase(file: string, check: "quick" | "whole"): DatabaseFacts {
  const connection = nodeSqlite.open(file, { readOnly: true });
  try {
    connection.exec("PRAGMA busy_timeout = 5000");
    const rows = (sql: string): readonly string[] =>
      connection
        .prepare(sql)
        .all([])
        .map(([value]) => String(value));
    // One state of the data for all that is looked at.
    connection.exec("BEGIN");
    const faults = rows(check === "quick" ? "PRAGMA quick_check(20)" : "PRAGMA integrity_check(20)").filter((line) => line !== "ok");
    const tables = rows(`SELECT "name" FROM "sqlite_schema" WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY "name"`);
    const counts = Object.fromEntries(tables.map((table) => [table, Number(rows(`SELECT count(*) FROM ${sqliteDialect.quote(table)}`)[0])]));
    const model = tables.includes("schema_versions") ? (rows(`SELECT "model" FROM "schema_versions" ORDER BY "number" DESC LIMIT 1`)[0] ?? "") : "";
    return { version: Number(rows("PRAGMA user_version")[0]), known: storeVersion, model, counts, faults };
  } finally {
    connection.close();
  }
}
