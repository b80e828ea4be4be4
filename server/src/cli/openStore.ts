import { join } from "node:path";
import type { Model } from "../edm/model.ts";
import { openSqliteStore } from "../store/sqlite/openSqliteStore.ts";
import type { Store, StoreEvents } from "../store/store.ts";
import { ConfigurationFault } from "./configuration.ts";
import type { Configuration } from "./configuration.ts";

/** The file of a data folder that holds its hubs. */
export function dataFile(data: string): string {
  return join(data, "secgraph.sqlite");
}

const tellPeople: StoreEvents = {
  copied: (file) => console.error(`secgraph: the data is brought to this version; a copy of it as it was lies at ${file}`),
};

/** Opens the configured store, migrating it when needed. Throws a ConfigurationFault that says why when the data cannot serve. */
export async function openStore(
  { data, databaseUrl, storeLimits }: Pick<Configuration, "data" | "databaseUrl" | "storeLimits">,
  model: Model,
  events: StoreEvents = tellPeople,
): Promise<Store> {
  if (databaseUrl !== undefined) throw new ConfigurationFault("DATABASE_URL is set, but this version keeps its data in SQLite only. Unset it.");
  try {
    return await openSqliteStore({ file: dataFile(data), model, events, ...storeLimits });
  } catch (error) {
    if (error instanceof Error && "errcode" in error) throw new ConfigurationFault(`The data file ${dataFile(data)} cannot be opened: ${error.message}.`);
    if (error instanceof Error && error.constructor === Error) throw new ConfigurationFault(error.message);
    throw error;
  }
}
