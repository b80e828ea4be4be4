import { createModel } from "../edm/createModel.ts";
import type { Model } from "../edm/model.ts";
import { securityGraph } from "../graph/securityGraph.ts";
import type { MigrationPlan } from "../store/planMigration.ts";
import { destinationOf } from "../store/postgres/connectionProblem.ts";
import { inspectDatabase, requireUsable } from "../store/postgres/inspectDatabase.ts";
import { migrate } from "../store/postgres/migrate.ts";
import { migrationPlan } from "../store/postgres/migrationPlan.ts";
import { openSession } from "../store/postgres/session.ts";
import { schemaOf } from "../store/schema.ts";
import type { Configuration } from "./configuration.ts";
import { showRewriting } from "./showRewriting.ts";
import { refusing } from "./refusing.ts";

type Urls = Pick<Configuration, "databaseUrl" | "databaseOwnerUrl">;

const ownerOf = ({ databaseUrl, databaseOwnerUrl }: Urls): string => databaseOwnerUrl ?? databaseUrl!;

/** What `migrateDatabase` would do. Throws a ConfigurationFault for a database that cannot be brought forward. */
export function planOfDatabase(urls: Urls, model: Model = createModel(securityGraph)): Promise<MigrationPlan> {
  return refusing(async () => {
    requireUsable(await inspectDatabase(ownerOf(urls)));
    return migrationPlan(ownerOf(urls), schemaOf(model));
  });
}

/** Makes and changes tables as their owner, and lets the login that serves serve. Servers of the version before go on meanwhile. */
export function migrateDatabase(urls: Urls, model: Model = createModel(securityGraph)): Promise<void> {
  const { databaseUrl, databaseOwnerUrl } = urls;
  return refusing(async () => {
    const serving = databaseOwnerUrl === undefined ? undefined : destinationOf(databaseUrl!).user;
    const session = await openSession(ownerOf(urls));
    try {
      await migrate(session, {
        schema: schemaOf(model),
        events: { rewritten: showRewriting() },
        mend: true,
        ...(serving === undefined ? {} : { serving }),
      });
    } finally {
      await session.end();
    }
  });
}
