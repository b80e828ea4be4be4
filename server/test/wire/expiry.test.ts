import { afterAll, beforeAll, expect, test } from "vitest";
import { openHub, type TestHub } from "./hub.ts";
import { testConnection } from "./testConnection.ts";

const actions = "/v1.0/security/securityActions";
const vendorInformation = { vendor: "Contoso", provider: "Firewall" };
const connection = testConnection();
const faults: unknown[] = [];

let hub: TestHub;
let dispatcher: { readonly stop: () => Promise<void> };
/** Milliseconds by which the clock of the hub is ahead. */
let ahead = 0;
beforeAll(async () => {
  hub = await openHub({ clock: () => Date.now() + ahead, steady: () => performance.now(), connections: new Map([["mock", connection]]) });
  const how = { drain: 1000, reportWithin: 3_600_000, longestDrain: 3_600_000, pause: () => 3_600_000, onFault: (error: unknown) => void faults.push(error) };
  dispatcher = hub.service.startDispatching(how);
  const limits = { ratePerMinute: 6000, concurrency: 64 };
  const does = [{ name: "BlockIp", reverse: "UnblockIp" }, { name: "UnblockIp" }];
  await hub.post("/v1.0/security/connectors", { ...vendorInformation, kind: "mock", actions: does, limits });
});
afterAll(async () => {
  await dispatcher.stop();
  await hub.close();
});

test("a hundred ends that cannot be seen to hold up no others, and are seen to when they can be, each once", { timeout: 60_000 }, async () => {
  const post = async (duration: string): Promise<string> =>
    (await hub.post(actions, { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.7" }], vendorInformation, duration })).json.id;
  const faulty = new Set(await Promise.all(Array.from({ length: 105 }, () => post("PT10S"))));
  const others = await Promise.all(Array.from({ length: 5 }, () => post("PT20S")));
  await connection.until(110);
  await expect.poll(async () => (await hub.get(`${actions}/$count?$filter=dispatch/expiresDateTime ne null`)).text, { timeout: 20_000 }).toBe("110");

  const { write } = hub.store;
  const isEnd = ({ id, put }: any): boolean => faulty.has(id) && put?.entity.dispatch.undoneBy !== null;
  let refused = 0;
  Object.assign(hub.store, {
    write(...given: Parameters<typeof write>) {
      if (!given[1].rows.some(isEnd)) return write.apply(hub.store, given);
      refused += 1;
      throw new Error("The disk has a bad day.");
    },
  });
  ahead = 60_000;
  await hub.post(actions, { name: "UnblockIp", parameters: [{ name: "ip", value: "203.0.113.8" }], vendorInformation });
  const undone = (): string[] => connection.orders.flatMap(({ undoes }) => undoes ?? []);
  await expect.poll(() => undone().toSorted(), { timeout: 20_000 }).toEqual(others.toSorted());
  // Each was tried once, and rests by itself.
  expect([refused, faults.length]).toEqual([105, 105]);
  await hub.post(actions, { name: "UnblockIp", parameters: [{ name: "ip", value: "203.0.113.8" }], vendorInformation });
  await connection.until(117);
  expect(refused).toBe(105);

  Object.assign(hub.store, { write });
  await dispatcher.stop();
  dispatcher = hub.service.startDispatching({ drain: 1000, reportWithin: 3_600_000, longestDrain: 3_600_000, onFault: (error) => void faults.push(error) });
  await expect.poll(() => undone().length, { timeout: 20_000 }).toBe(110);
  expect(new Set(undone()).size).toBe(110);
  expect(faults).toHaveLength(105);
});
