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

/** Tells on the terminal what a migration did. */
export const tellPeople: StoreEvents = {
  copied: (file) => console.error(`secgraph: the data is brought to this version; a copy of it as it was lies at ${file}`),
};

type Storage = Pick<Configuration, "data" | "databaseUrl" | "databaseOwnerUrl" | "databaseConnections" | "replicaUrls" | "replicaLag" | "storeLimits">;

/** Opens the configured store, migrating it when needed. Throws a ConfigurationFault that says why when the data cannot serve. */
export async function openStore({ data, storeLimits, ...database }: Storage, model: Model, events: StoreEvents = tellPeople): Promise<Store> {
  try {
    if (database.databaseUrl === undefined) return await openSqliteStore({ file: dataFile(data), model, events, ...storeLimits });
    const { databaseUrl: url, databaseOwnerUrl: ownerUrl, databaseConnections: connections } = database;
    const { openPostgresStore } = await import("../store/postgres/openPostgresStore.ts");
    const { replicaUrls, replicaLag } = database;
    const replicas = { ...(replicaUrls === undefined ? {} : { replicaUrls }), ...(replicaLag === undefined ? {} : { replicaLag }) };
    const further = { ...replicas, ...(ownerUrl === undefined ? {} : { ownerUrl }), ...(connections === undefined ? {} : { connections }) };
    return await openPostgresStore({ url, model, events, ...storeLimits, ...further });
  } catch (error) {
    if (error instanceof Error && "errcode" in error) throw new ConfigurationFault(`The data file ${dataFile(data)} cannot be opened: ${error.message}.`);
    if (error instanceof Error && error.constructor === Error) throw new ConfigurationFault(error.message);
    throw error;
  }
}
