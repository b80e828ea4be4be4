import { onTestFinished } from "vitest";
import { createRecordIssuerStore } from "../../src/issuer/recordIssuerStore.ts";
import { createConnections } from "../../src/store/postgres/connections.ts";
import { createRecords } from "../../src/store/postgres/records.ts";
import { issuerStoreContract } from "../issuer/issuerStoreContract.ts";
import { createSharedDatabase } from "./sharedDatabase.ts";

issuerStoreContract(async (servers) => {
  const { url, drop } = await createSharedDatabase();
  const all = Array.from({ length: servers }, () => createConnections({ url, connections: 5, queryBudget: 60_000 }));
  onTestFinished(async () => {
    await Promise.all(all.map((connections) => connections.close()));
    await drop();
  });
  return all.map((connections) => createRecordIssuerStore(createRecords(connections)));
});
