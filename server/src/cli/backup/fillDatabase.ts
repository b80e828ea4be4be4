import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createModel } from "../../edm/createModel.ts";
import { securityGraph } from "../../graph/securityGraph.ts";
import { migrateDatabase } from "../migrateDatabase.ts";
import { openStore } from "../openStore.ts";
import { databasePlace, filePlace } from "../transfer/place.ts";
import { transferData } from "../transfer/transferData.ts";
import type { rateProgress } from "./rateProgress.ts";

/** Fills an empty database with what an unpacked backup holds, hubs and issuer, and leaves the rest in the folder. */
export async function fillDatabase(
  staging: string,
  { databaseUrl, databaseOwnerUrl }: { readonly databaseUrl: string; readonly databaseOwnerUrl?: string | undefined },
  progress: typeof rateProgress,
): Promise<void> {
  const from = filePlace(staging);
  // A backup of an older program is brought to this one's tables first.
  await (await openStore({ data: staging, storeLimits: {} }, createModel(securityGraph), {})).close();
  await transferData({ from, to: databasePlace(databaseOwnerUrl ?? databaseUrl, "DATABASE_URL"), progress });
  if (databaseOwnerUrl !== undefined) await migrateDatabase({ databaseUrl, databaseOwnerUrl });
  for (const name of [...globSync("secgraph.sqlite*", { cwd: staging }), "issuer"]) rmSync(join(staging, name), { recursive: true, force: true });
}
