import type { Model } from "../edm/model.ts";
import { createModel } from "../edm/createModel.ts";
import { securityGraph } from "../graph/securityGraph.ts";
import type { StoreEvents } from "../store/store.ts";
import type { Configuration } from "./configuration.ts";
import { dataFile, tellPeople } from "./openStore.ts";
import { seedDemoStore } from "./seedDemoStore.ts";
import { showProgress } from "./showProgress.ts";

/** Makes the configured store ready to be opened: tables, and demo data where there was nothing. Throws a ConfigurationFault that says why it cannot serve. */
export async function prepareStore(
  configuration: Pick<Configuration, "data" | "databaseUrl" | "databaseOwnerUrl" | "seed">,
  events: StoreEvents = tellPeople,
  model: Model = createModel(securityGraph),
): Promise<void> {
  const { data, databaseUrl, seed } = configuration;
  if (databaseUrl !== undefined) {
    const { prepareDatabase } = await import("./prepareDatabase.ts");
    return prepareDatabase({ ...configuration, databaseUrl, model }, events);
  }
  if (seed === true) await seedDemoStore(dataFile(data), createModel(securityGraph), showProgress("secgraph fills the demo hub"));
}
