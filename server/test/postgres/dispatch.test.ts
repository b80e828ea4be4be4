import { afterAll, beforeAll, expect, test } from "vitest";
import type { Order } from "../../src/outbox/dispatch/connection.ts";
import { openHub, type TestHub } from "../wire/hub.ts";
import { testConnection } from "../wire/testConnection.ts";

const actions = "/v1.0/security/securityActions";
const faults: unknown[] = [];
const connection = testConnection();
const settings = { drain: 1000, reportWithin: 3_600_000, longestDrain: 3_600_000, pause: () => 20, onFault: (error: unknown): void => void faults.push(error) };
const connections = new Map([["mock", connection]]);
let hubs: TestHub[];
let dispatchers: { readonly stop: () => Promise<void> }[];
beforeAll(async () => {
  const first = await openHub({ connections });
  hubs = [first, await openHub({ connections, folder: first.folder })];
  dispatchers = hubs.map((hub) => hub.service.startDispatching(settings));
});
afterAll(async () => {
  await Promise.all(dispatchers.map(({ stop }) => stop()));
  await hubs[1]!.store.close();
  await hubs[0]!.close();
  if (faults.length > 0) throw new AggregateError(faults, "A dispatcher failed.");
});

const action = { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.9" }], vendorInformation: { vendor: "Contoso", provider: "Firewall" } };
const countOf = (orders: readonly Order[]): Map<string, number> =>
  orders.reduce((counts, { action: { id } }) => counts.set(id, (counts.get(id) ?? 0) + 1), new Map<string, number>());

test("two servers on one database: whoever is asked, every action leaves once; one that stops leaves the rest to the other", async () => {
  const connector = { vendor: "Contoso", provider: "Firewall", kind: "mock", actions: [{ name: "BlockIp" }], guarantee: "exactlyOnce" };
  expect((await hubs[0]!.post("/v1.0/security/connectors", connector)).status).toBe(201);
  const ids: string[] = [];
  for (let one = 0; one < 20; one += 1) ids.push((await hubs[one % 2]!.post(actions, action)).json.id);
  await connection.until(20);
  await dispatchers[0]!.stop();
  for (let one = 0; one < 20; one += 1) ids.push((await hubs[one % 2]!.post(actions, action)).json.id);
  await expect
    .poll(async () => (await hubs[1]!.get(`${actions}?$filter=status eq 'Completed'&$count=true&$top=1`)).json["@odata.count"], {
      timeout: 70_000,
      interval: 50,
    })
    .toBe(40);
  expect(countOf(connection.orders)).toEqual(new Map(ids.map((id) => [id, 1])));
});
