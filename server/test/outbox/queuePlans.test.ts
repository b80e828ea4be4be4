import { afterAll, beforeAll, expect, test } from "vitest";
import type { SqliteConnection, SqliteDriver } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { callerOf, openHub, type TestHub } from "../wire/hub.ts";
import { testConnection } from "../wire/testConnection.ts";

const asked = new Set<string>();
let last: SqliteConnection;
const driver: SqliteDriver = {
  ...nodeSqlite,
  open(file, options) {
    const connection = (last = nodeSqlite.open(file, options));
    return { ...connection, prepare: (sql, bigints) => (asked.add(sql), connection.prepare(sql, bigints)) };
  },
};
const connection = testConnection();
const faults: unknown[] = [];
let hub: TestHub;
let dispatcher: { readonly stop: () => Promise<void> };
beforeAll(async () => {
  hub = await openHub({ driver, connections: new Map([["mock", connection]]) });
  const how = { drain: 100, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error: unknown) => void faults.push(error) };
  dispatcher = hub.service.startDispatching(how);
});
afterAll(async () => {
  await dispatcher.stop();
  await hub.close();
});

test("what a connector has done makes its queue no dearer: what is due, under way and begun lately are ranges of an index", async () => {
  const post = async (provider: string): Promise<void> => {
    const vendorInformation = { vendor: "Contoso", provider };
    await hub.post("/v1.0/security/securityActions", { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.7" }], vendorInformation });
  };
  const connect = async (provider: string, kind: string): Promise<string> =>
    (await hub.post("/v1.0/security/connectors", { vendor: "Contoso", provider, kind, actions: [{ name: "BlockIp" }], limits: { ratePerMinute: 60 } })).json.id;
  await connect("Pushed", "mock");
  const pull = await connect("Pulled", "pull");
  await post("Pushed");
  await connection.until(1);
  await post("Pulled");
  const actuator = { caller: callerOf({ appId: "actuator", permissions: ["SecurityActions.Lease.All"] }) };
  expect((await hub.post(`/v1.0/security/actionProviders/${pull}/lease`, {}, actuator)).json.value).toHaveLength(1);
  const plans = [...asked]
    .filter((sql) => /^SELECT.*FROM "security_securityActions" AS t WHERE.*"dispatch_connectorId" =/.test(sql))
    .flatMap((sql) =>
      last
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all([])
        .map((row) => String(row[3])),
    );
  expect(new Set(plans)).toEqual(
    new Set([
      "SEARCH t USING INDEX security_securityActions.queue dispatch_con_05700c70 (hub=? AND dispatch_connectorId=? AND dispatch_nextAttemptDateTime>?)",
      "SEARCH t USING INDEX security_securityActions.queue dispatch_con_ee6c63fe (hub=? AND dispatch_connectorId=? AND lastActionDateTime>?)",
    ]),
  );
  expect(faults).toEqual([]);
});
