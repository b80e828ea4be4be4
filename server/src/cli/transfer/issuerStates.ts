import { existsSync } from "node:fs";
import { join } from "node:path";
import { putIssuerState } from "../../issuer/issuerState.ts";
import type { IssuerState } from "../../issuer/issuerStore.ts";
import { createRecordIssuerStore } from "../../issuer/recordIssuerStore.ts";
import { createConnections } from "../../store/postgres/connections.ts";
import type { Connections } from "../../store/postgres/connections.ts";
import { createRecords } from "../../store/postgres/records.ts";
import { openIssuerStore } from "../issuerMemory.ts";
import type { DataPlace } from "./place.ts";

const patience = 60_000;

/** What the issuer of a place remembers; nothing is made where there is nothing. */
export async function readIssuerState(place: DataPlace): Promise<IssuerState> {
  if (place.engine === "postgres") return withConnections(place.url, async (connections) => createRecordIssuerStore(createRecords(connections)).state());
  const none = { keys: [], apps: [], people: [], families: [] };
  return existsSync(join(place.folder, "issuer")) ? openIssuerStore(place.folder).state() : none;
}

/** Gives the issuer of a place what another one remembered. */
export async function writeIssuerState(place: DataPlace, state: IssuerState): Promise<void> {
  if (Object.values(state).every(({ length }) => length === 0)) return;
  if (place.engine === "sqlite") return putIssuerState(openIssuerStore(place.folder), state);
  await withConnections(place.url, (connections) => putIssuerState(createRecordIssuerStore(createRecords(connections)), state));
}

async function withConnections<T>(url: string, work: (connections: Connections) => Promise<T>): Promise<T> {
  const connections = createConnections({ url, connections: 1, queryBudget: patience });
  try {
    return await work(connections);
  } finally {
    await connections.close();
  }
}
