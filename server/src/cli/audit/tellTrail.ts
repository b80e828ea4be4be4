import { readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably, writeDurably } from "../../base/durableFile.ts";
import { randomGuid } from "../../base/ids.ts";
import { createPseudonyms } from "../../base/pseudonyms.ts";
import { serverId } from "../../base/serverId.ts";
import { developmentTenant } from "../../issuer/developmentApp.ts";
import { createNotes, type Note } from "../../outbox/audit/gatherNotes.ts";
import { installationSecret } from "../../store/installationSecret.ts";
import type { Configuration } from "../configuration.ts";
import { openStore } from "../openStore.ts";
import { servedModel } from "../servedModel.ts";
import { toldFolder, type Told } from "./toldFolder.ts";
import { withTrail } from "./trailOf.ts";

/** What a command did. A tenant `*`: of none in particular. */
export type Did = Pick<Note, "tenant" | "activity"> & Partial<Pick<Note, "category" | "appId" | "user" | "path">>;

/** Files that wait at most, where no server ever takes them. */
const most = 1000;

/**
 * Has the audit trail of a tenant's home hub tell what a command did: in a database at once; of a data folder its server
 * does, the running one within a second or the next. The command is done, so what fails here is a line on standard error.
 */
export async function tellTrail(configuration: Configuration, did: Did): Promise<void> {
  const told: Told = { category: "system", appId: serverId, user: null, origin: { requestId: randomGuid(), userAgent: "secgraph" }, at: Date.now(), ...did };
  try {
    await (configuration.databaseUrl === undefined ? leave(told, toldFolder(configuration.data)) : note(told, configuration));
  } catch (error) {
    console.error(`secgraph: the audit trail could not be told: ${(error as Error).message}`);
  }
}

async function leave(told: Told, folder: string): Promise<void> {
  makeFolderDurably(folder);
  if (readdirSync(folder).length < most) writeDurably(join(folder, `${told.at}-${randomGuid()}.json`), JSON.stringify(told));
}

async function note({ tenant, ...told }: Told, configuration: Configuration): Promise<void> {
  const { databaseUrl = "" } = configuration;
  // A database that no server has filled yet has no trail; nothing is made there.
  const hasTrail = await withTrail({ databaseUrl }, async ({ hubs }) => hubs.length > 0).catch(() => false);
  if (!hasTrail) return;
  const store = await openStore(configuration, servedModel({}));
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
