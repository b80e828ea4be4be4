import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createModel } from "../../edm/createModel.ts";
import type { Model } from "../../edm/model.ts";
import { securityGraph } from "../../graph/securityGraph.ts";
import { migrateDatabase } from "../migrateDatabase.ts";
import { openStore } from "../openStore.ts";
import { databasePlace, filePlace } from "../transfer/place.ts";
import { transferData } from "../transfer/transferData.ts";
import type { rateProgress } from "./rateProgress.ts";

/** The login that serves, the owner where it is another, and of what the data are: of the security graph, where it is not said. */
export interface RestoredDatabase {
  readonly databaseUrl: string;
  readonly databaseOwnerUrl?: string | undefined;
  readonly model?: Model | undefined;
}

/** Fills an empty database with what an unpacked backup holds, hubs and issuer, and leaves the rest in the folder. */
export async function fillDatabase(
  staging: string,
  { databaseUrl, databaseOwnerUrl, model = createModel(securityGraph) }: RestoredDatabase,
  progress: typeof rateProgress,
): Promise<void> {
  const from = filePlace(staging);
  // A backup of an older program is brought to this one's tables first.
  await (await openStore({ data: staging, storeLimits: {} }, model, {})).close();
  await transferData({ from, to: databasePlace(databaseOwnerUrl ?? databaseUrl, "DATABASE_URL"), model, progress });
  if (databaseOwnerUrl !== undefined) await migrateDatabase({ databaseUrl, databaseOwnerUrl }, model);
  for (const name of [...globSync("secgraph.sqlite*", { cwd: staging }), "issuer"]) rmSync(join(staging, name), { recursive: true, force: true });
}
