import { planMigration, type MigrationPlan } from "../planMigration.ts";
import type { StoreSchema } from "../schema.ts";
import { openBulkSession, type BulkSession } from "./bulkSession.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import { storeVersion } from "./migrate.ts";
import { enterSystem } from "./transferSource.ts";

/** What a migration with this program would do to a database; nothing is touched. */
export async function migrationPlan(url: string, schema: StoreSchema): Promise<MigrationPlan> {
  const session = await openBulkSession(url);
  try {
    await session.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await enterSystem(session);
    const found = {
      ...(await recordedIn(session)),
      tables: await columnsIn(session),
      undivided: (await session.rows(`SELECT relname FROM pg_class WHERE relkind = 'r' AND oid = to_regclass('"changes"')`)).map(([name]) => name!),
      indexes: new Set((await session.rows("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")).map(([name]) => name!)),
      count: async (table: string) => Number((await session.rows(`SELECT count(*) FROM ${dialect.quote(table)}`))[0]![0]),
    };
    return await planMigration(found, { schema, dialect, store: storeVersion });
  } finally {
    await session.end();
  }
}

async function recordedIn(session: BulkSession): Promise<{ recorded?: { store: number; model: string; shapes: Record<string, string> } }> {
  const [[there] = []] = await session.rows(`SELECT to_regclass('"schema_versions"') IS NOT NULL`);
  if (there !== "t") return {};
  const [row] = await session.rows('SELECT "store", "model", "shapes" FROM "schema_versions" ORDER BY "number" DESC LIMIT 1');
  return row === undefined ? {} : { recorded: { store: Number(row[0]), model: row[1]!, shapes: JSON.parse(row[2]!) as Record<string, string> } };
}

async function columnsIn(session: BulkSession): Promise<Map<string, Set<string>>> {
  const rows = await session.rows(
    `SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace`,
  );
  const tables = new Map<string, Set<string>>();
  for (const [table, column] of rows) tables.set(table!, (tables.get(table!) ?? new Set()).add(column!));
  return tables;
}
