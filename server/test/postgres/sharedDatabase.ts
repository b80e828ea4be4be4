import { fixedIndexes, fixedTables } from "../../src/store/ddl.ts";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { roles } from "../../src/store/postgres/scope.ts";
import { sharedGrants, sharedIndexes, sharedTables } from "../../src/store/postgres/sharedTables.ts";
import { asSuperuser, createDatabase, type TestDatabase } from "./databases.ts";

/** A database with what servers share and nothing else. */
export async function createSharedDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  const mine = (name: string): boolean => /^(?:leased_work|system_values|idempotency)/.test(name);
  const made = [...fixedTables(postgresDialect), ...fixedIndexes(postgresDialect)].filter(({ name }) => mine(name));
  const role = `DO $$ BEGIN CREATE ROLE ${roles.system} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`;
  const statements = [...made, ...sharedTables, ...sharedIndexes].map(({ sql }) => sql);
  await asSuperuser(
    database.url,
    role,
    ...statements,
    ...sharedGrants(roles.system),
    `GRANT ALL ON "leased_work", "system_values", "idempotency" TO ${roles.system}`,
  );
  return database;
}
