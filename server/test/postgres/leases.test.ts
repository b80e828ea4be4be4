import { onTestFinished } from "vitest";
import { createConnections } from "../../src/store/postgres/connections.ts";
import { createHints } from "../../src/store/postgres/hints.ts";
import { createLeases } from "../../src/store/postgres/leases.ts";
import { leaseContract } from "../store/leaseContract.ts";
import { asSuperuser } from "./databases.ts";
import { createSharedDatabase } from "./sharedDatabase.ts";

leaseContract(async () => {
  const { url, drop } = await createSharedDatabase();
  const server = () => {
    const connections = createConnections({ url, connections: 8, queryBudget: 60_000 });
    const hints = createHints({ url });
    const leases = createLeases(connections, hints);
    const close = async () => {
      await hints.close();
      await connections.close();
    };
    return { leases, close };
  };
  const [one, two] = [server(), server()];
  onTestFinished(async () => {
    await Promise.all([one.close(), two.close()]);
    await drop();
  });
  const pass = async (milliseconds: number): Promise<void> => {
    await asSuperuser(url, `UPDATE "leased_work" SET "ready" = "ready" - ${milliseconds}, "again" = "again" - ${milliseconds}`);
  };
  return { one: one.leases, two: two.leases, pass };
});
