import { createModel } from "../edm/createModel.ts";
import { securityGraph } from "../graph/securityGraph.ts";
import type { StoreSystem } from "../store/store.ts";
import { lockDataFolder } from "./dataFolder.ts";
import { readLocalConfiguration } from "./configuration.ts";
import { openStore } from "./openStore.ts";

/** Opens the store of a data folder for one piece of work, alone. */
export async function onSystem<T>(data: string | undefined, work: (system: StoreSystem) => Promise<T>): Promise<T> {
  const configuration = readLocalConfiguration(data === undefined ? {} : { data });
  const lock = lockDataFolder(configuration.data);
  try {
    const store = await openStore(configuration, createModel(securityGraph));
    try {
      return await work(store.system);
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}
