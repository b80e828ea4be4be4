import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { WriteSet } from "../../src/store/store.ts";
import { callerOf } from "./hub.ts";
import { openNotifyStand, toldOf, type NotifyStand } from "./notifyStand.ts";
import type { Receiver } from "./receiver.ts";

const ill = { caller: callerOf({ appId: "ill" }) };

let stand: NotifyStand;
let receiver: Receiver;

beforeAll(async () => {
  stand = await openNotifyStand();
});
afterAll(() => stand.close());
beforeEach(async () => {
  receiver = await stand.receiver();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stand.clear(ill);
});

describe("what goes wrong with one subscription", () => {
  test("keeps no other waiting, and is tried again until it goes well", async () => {
    const { hub, subscribe, score, notifier, faults } = stand;
    let unreadable = "ill";
    const other = await stand.receiver();
    const { entries } = hub.store;
    vi.spyOn(hub.store, "entries").mockImplementation(async (permitted, ...rest) => {
      if (permitted.caller.appId === unreadable) throw new Error("It cannot be read.");
      return entries(permitted, ...rest);
    });
    await subscribe(other, {}, ill);
    await subscribe(receiver);
    const made = [await score(1), await score(2)];
    await receiver.until(2);
    expect(toldOf(receiver)).toEqual(made);
    expect(other.notified).toEqual([]);
    await expect.poll(() => faults.map(({ message }) => message)).toContain("It cannot be read.");
    expect(notifier().figures()?.subscriptions).toEqual({ healthy: 1, failing: 0, faulty: 1 });
    unreadable = "";
    await other.until(2);
    expect(toldOf(other)).toEqual(made);
  });

  test("a delivery that cannot be noted is not sent again for want of a note", async () => {
    const { hub, subscribe, score, deliveries, faults } = stand;
    const id = await subscribe(receiver);
    const { write } = hub.store;
    let refusals = 1;
    const isDelivery = ({ rows }: WriteSet): boolean => rows.some(({ put }) => put?.entity["outcome"] === "delivered");
    vi.spyOn(hub.store, "write").mockImplementation(async (permitted, set) => {
      if (isDelivery(set) && (refusals -= 1) >= 0) throw new Error("It cannot be written.");
      return write(permitted, set);
    });
    const first = await score(1);
    await receiver.until(1);
    await expect.poll(async () => (await deliveries(id)).map(({ outcome }) => outcome)).toEqual(["delivered"]);
    const second = await score(2);
    await receiver.until(2);
    expect(toldOf(receiver)).toEqual([first, second]);
    expect(faults).toHaveLength(1);
  });
});

test("the log keeps so many deliveries, the newest; how far it has come stands over a restart, and what went cannot be sent again", async () => {
  const own = await openNotifyStand({ deliveriesKept: 10 });
  const to = await own.receiver();
  const [one, two] = [await own.subscribe(to), await own.subscribe(to)];
  const seen = new Set<string>();
  for (let count = 1; count <= 14; count += 1) {
    await own.score(count);
    await to.until(2 * count);
    for (const id of [one, two]) {
      // What was told is noted right behind it.
      const newest = async (): Promise<boolean> => (await own.deliveries(id)).some(({ id: delivery }) => !seen.has(delivery));
      await expect.poll(newest).toBe(true);
      for (const { id: delivery } of await own.deliveries(id)) seen.add(delivery);
      expect((await own.deliveries(id)).length).toBe(Math.min(count, 10));
    }
  }
  const left = new Set([...(await own.deliveries(one)), ...(await own.deliveries(two))].map(({ id }) => id));
  const gone = [...seen].find((id) => !left.has(id))!;
  const refusal = (await own.replay(one, gone)).json.error;
  expect([refusal.target, refusal.message]).toEqual(["deliveryId", expect.stringContaining("keeps its last 10 deliveries")]);
  await own.stopNotifying();
  own.startNotifying();
  await own.score(99);
  await to.until(30);
  expect(to.notified).toHaveLength(30);
  own.requireNoFaults();
  await own.close();
});

describe("a replay", () => {
  const deliveredOnce = async (id: string, count: number): Promise<any[]> => {
    const { deliveries } = stand;
    await expect.poll(async () => (await deliveries(id)).filter(({ outcome }) => outcome === "delivered").length).toBe(count);
    return deliveries(id);
  };

  test("that is asked for during a delivery is not overtaken by what is noted of that delivery", async () => {
    const { subscribe, score, deliveries, replay } = stand;
    const id = await subscribe(receiver);
    const first = await score(1);
    const [delivery] = await deliveredOnce(id, 1);
    const held = Promise.withResolvers<undefined>();
    receiver.answer = () => held.promise;
    const second = await score(2);
    await expect.poll(() => receiver.calls.filter(({ body }) => body.includes(second)).length).toBe(1);
    expect((await replay(id, delivery.id)).status).toBe(204);
    held.resolve(undefined);
    await receiver.until(4);
    expect(toldOf(receiver)).toEqual([first, second, first, second]);
    const noted = async (): Promise<string[]> => (await deliveries(id)).map(({ outcome, replays }) => `${outcome} ${replays}`).toSorted();
    await expect.poll(noted).toEqual(["delivered 1", "delivered null", "delivered null", "replay 1"]);
  });

  test("behind another one that has not come so far leaves nothing of that one out; both stand over a restart", async () => {
    const { subscribe, score, deliveries, replay } = stand;
    const id = await subscribe(receiver);
    const made: string[] = [];
    for (let count = 1; count <= 3; count += 1) {
      made.push(await score(count));
      await deliveredOnce(id, count);
    }
    const numbered = (await deliveries(id)).toSorted((one, other) => one.fromSequence - other.fromSequence);
    await stand.stopNotifying();
    expect((await replay(id, numbered[0].id)).status).toBe(204);
    expect((await replay(id, numbered[2].id)).status).toBe(204);
    stand.startNotifying();
    await receiver.until(6);
    expect(toldOf(receiver)).toEqual([...made, ...made]);
  });

  test("of what the change log no longer has is refused as such, and changes nothing", async () => {
    const { subscribe, score, deliveries, replay, hub } = stand;
    const id = await subscribe(receiver);
    await score(1);
    const [delivery] = await deliveredOnce(id, 1);
    const { ruleReads } = hub.store;
    vi.spyOn(hub.store, "ruleReads").mockImplementation(async (permitted, reads) => ({
      ...(await ruleReads(permitted, reads)),
      ...("logged" in reads && { logged: 0 }),
    }));
    const { status, json } = await replay(id, delivery.id);
    expect([status, json.error.code, json.error.target]).toEqual([410, "resyncRequired", "deliveryId"]);
    expect(await deliveries(id)).toHaveLength(1);
  });

  test.each([
    ["of what is no delivery", "none"],
    ["of nothing", ""],
  ])("%s is refused", async (_, deliveryId) => {
    expect((await stand.replay(await stand.subscribe(receiver), deliveryId)).status).toBe(400);
  });
});

test("rows that are large are told a few at a time, all of them in order", async () => {
  const { hub, subscribe } = stand;
  await stand.stopNotifying();
  await subscribe(receiver);
  const made: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    const body = { currentScore: count, maxScore: 100, vendorInformation: { vendor: "Contoso", provider: "Posture" }, note: "x".repeat(1_500_000) };
    made.push((await hub.post("/v1.0/security/secureScores", body)).json.id);
  }
  stand.startNotifying();
  await receiver.until(6);
  expect(toldOf(receiver)).toEqual(made);
  const sizes = receiver.calls.filter(({ url }) => url.search === "").map(({ body }) => JSON.parse(body).value.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
});
