import { createPseudonyms } from "../../base/pseudonyms.ts";
import { developmentTenant } from "../../issuer/developmentApp.ts";
import { createNotes } from "../../outbox/audit/gatherNotes.ts";
import { installationSecret } from "../../store/installationSecret.ts";
import { inspectDatabase } from "../../store/postgres/inspectDatabase.ts";
import { isCurrent } from "../../store/postgres/migrate.ts";
import { schemaOf } from "../../store/schema.ts";
import type { Configuration } from "../configuration.ts";
import { openStore } from "../openStore.ts";
import { servedModel } from "../servedModel.ts";
import type { Told } from "./toldFolder.ts";

/** Writes what a command did into the trail, beside the servers of the database. Throws where that cannot be done. */
export async function noteInDatabase({ tenant, ...told }: Told, configuration: Configuration): Promise<void> {
  const model = servedModel({});
  const { recorded } = await inspectDatabase(configuration.databaseUrl!);
  // Where no server has made the tables yet there is no trail, and a command on the side changes none.
  if (recorded === undefined) return;
  if (!isCurrent(recorded, schemaOf(model))) throw new Error("the tables of the database are those of another version.");
  const store = await openStore(configuration, model);
  const faults: unknown[] = [];
  try {
    const pseudonymOf = createPseudonyms(await installationSecret(store));
    const notes = createNotes({ store, clock: Date.now, pseudonymOf, onFault: (error) => faults.push(error) });
    notes.add({ ...told, tenant: tenant === "*" ? (process.env["SECGRAPH_OPERATOR_TENANT"] ?? developmentTenant) : tenant });
    await notes.stop();
  } finally {
    await store.close();
  }
  if (faults.length > 0) throw faults[0];
}
