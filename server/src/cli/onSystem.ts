import type { StoreSystem } from "../store/store.ts";
import { lockDataFolder } from "./dataFolder.ts";
import { readLocalConfiguration, storageFlags } from "./configuration.ts";
import type { StorageFlags } from "./configuration.ts";
import { openStore, tellPeople } from "./openStore.ts";
import { prepareStore } from "./prepareStore.ts";
import { servedModel, type ModelFlag } from "./servedModel.ts";

/** Opens the configured store for one piece of work: a data folder alone, a database beside the servers that have it. */
export async function onSystem<T>(flags: StorageFlags & ModelFlag, work: (system: StoreSystem) => Promise<T>): Promise<T> {
  const configuration = readLocalConfiguration(storageFlags(flags));
  const lock = configuration.databaseUrl === undefined ? lockDataFolder(configuration.data) : undefined;
  try {
    const model = servedModel(flags);
    await prepareStore({ ...configuration, seed: false }, tellPeople, model);
    const store = await openStore(configuration, model);
    try {
      return await work(store.system);
    } finally {
      await store.close();
    }
  } finally {
    lock?.release();
  }
}
