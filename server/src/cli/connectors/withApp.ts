import { createService } from "../../app.ts";
import { problem } from "../../base/errors.ts";
import type { Secrets } from "../../base/secrets.ts";
import { createModel } from "../../edm/createModel.ts";
import { createEgress } from "../../egress/createEgress.ts";
import { securityGraph } from "../../graph/securityGraph.ts";
import type { App } from "../../handle.ts";
import { createProgramFault } from "../../outbox/connectors/exec/programFault.ts";
import type { Store } from "../../store/store.ts";
import type { Configuration } from "../configuration.ts";
import { lockDataFolder } from "../dataFolder.ts";
import { openStore } from "../openStore.ts";
import { prepareStore } from "../prepareStore.ts";

/** An App over the configured store, without a server around it: a data folder alone, a database beside the servers that have it. The keys are asked for when nobody else has the folder. */
export async function withApp<T>(
  configuration: Configuration,
  openKeys: () => Secrets | undefined,
  work: (opened: { readonly app: App; readonly store: Store }) => Promise<T>,
): Promise<T> {
  const lock = configuration.databaseUrl === undefined ? lockDataFolder(configuration.data) : undefined;
  const egress = createEgress({ allow: configuration.notifyAllow });
  try {
    await prepareStore({ ...configuration, seed: false });
    const model = createModel(securityGraph);
    const store = await openStore(configuration, model);
    try {
      const secrets = openKeys();
      const { app } = await createService({
        model,
        store,
        authenticate: () => {
          throw problem("badToken", { what: "Nobody is let in here." });
        },
        budgets: configuration.budgets,
        placeholders: [],
        faithful: [],
        egress,
        ...(secrets === undefined ? {} : { secrets }),
        programFault: createProgramFault(configuration.execAllow),
      });
      return await work({ app, store });
    } finally {
      await store.close();
    }
  } finally {
    await egress.close();
    lock?.release();
  }
}
