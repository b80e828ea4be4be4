import { afterAll, beforeAll, expect, test } from "vitest";
import { openHub, type TestHub } from "./hub.ts";
import { testConnection } from "./testConnection.ts";

const actions = "/v1.0/security/securityActions";
const connectors = "/v1.0/security/connectors";
const faults: unknown[] = [];
let hub: TestHub;
const connection = testConnection();
let dispatcher: { stop: () => Promise<void> };
beforeAll(async () => {
  hub = await openHub({ connections: new Map([["mock", connection]]) });
  dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 3_600_000, longestDrain: 60_000, onFault: (error) => void faults.push(error) });
});
afterAll(async () => {
  await dispatcher.stop();
  await hub.close();
  if (faults.length > 0) throw new AggregateError(faults, "failed");
});

test("smoke", async () => {
  const made = await hub.post(actions, {
    name: "BlockIp",
    parameters: [{ name: "ip", value: "203.0.113.9" }],
    vendorInformation: { vendor: "Contoso", provider: "Firewall" },
  });
  expect(made.status, made.text).toBe(201);
  const connector = await hub.post(connectors, { vendor: "Contoso", provider: "Firewall", kind: "mock", actions: [{ name: "BlockIp" }] });
  expect(connector.status, connector.text).toBe(201);
  await connection.until(1);
  await expect.poll(async () => (await hub.get(`${actions}/${made.json.id}`)).json.status).toBe("Completed");
});
