import { inspectDatabase, requireApart, requireServable, requireUsable, requireWalls } from "../store/postgres/inspectDatabase.ts";
import type { DatabaseFacts } from "../store/postgres/inspectDatabase.ts";
import type { StoreSchema } from "../store/schema.ts";
import type { Configuration } from "./configuration.ts";

/** Looks the configured database over and changes nothing. Throws an Error of one line, with what to do, unless it can be served as it is or be brought to this program's tables. */
export async function requireDatabase(
  { databaseUrl, databaseOwnerUrl }: Pick<Configuration, "databaseUrl" | "databaseOwnerUrl">,
  schema: StoreSchema,
): Promise<DatabaseFacts> {
  const found = await inspectDatabase(databaseUrl!);
  if (databaseOwnerUrl === undefined || databaseOwnerUrl === databaseUrl) {
    requireServable(found, schema);
    return found;
  }
  requireUsable(found);
  requireWalls(found, schema);
  const owner = await inspectDatabase(databaseOwnerUrl);
  if (owner.database !== found.database) {
    throw new Error(`SECGRAPH_DATABASE_OWNER_URL leads to the database '${owner.database}', DATABASE_URL to '${found.database}'.`);
  }
  if (owner.user !== found.user) requireApart(found);
  return found;
}
