import { randomBytes } from "node:crypto";
import { createRecordIssuerStore } from "../issuer/recordIssuerStore.ts";
import { createConnections } from "../store/postgres/connections.ts";
import { databaseClock } from "../store/postgres/databaseClock.ts";
import { inspectDatabase, requireTables } from "../store/postgres/inspectDatabase.ts";
import { createRecords } from "../store/postgres/records.ts";
import type { IssuerMemory } from "./issuerMemory.ts";

const connections = 2;
const patience = 10_000;

/** The issuer's memory in a database, over connections of its own: a flood of reads must not keep people from signing in. Throws a plain Error for a database that holds none. */
export async function openSharedMemory(url: string): Promise<IssuerMemory> {
  requireTables(await inspectDatabase(url));
  const pool = createConnections({ url, connections, queryBudget: patience });
  const records = createRecords(pool);
  const fresh = { value: randomBytes(32).toString("base64url") };
  const secret = await records<typeof fresh>({ name: "page secret" }).change("pages", (known) => known ?? fresh);
  const steady = await databaseClock(pool);
  return { store: createRecordIssuerStore(records), records, pageSecret: Buffer.from(secret!.value, "base64url"), steady, close: pool.close };
}
