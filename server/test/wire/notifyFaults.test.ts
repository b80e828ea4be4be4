import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { createEgress } from "../../src/egress/createEgress.ts";
import type { RunningNotifier } from "../../src/app.ts";
import type { WriteSet } from "../../src/store/store.ts";
import { callerOf, openHub, otherTenant, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";
import { openReceiver, type Receiver } from "./receiver.ts";

const subscriptions = "/v1.0/subscriptions";
const scores = "/v1.0/security/secureScores";
const egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:*") });
const faults: Error[] = [];
const trouble: string[] = [];
/** Applications in whose name nothing can be read. */
const unreadable = new Set<string>();

let hub: TestHub;
let notifier: RunningNotifier;
let receiver: Receiver;
const open: Receiver[] = [];

beforeAll(async () => {
  hub = await openHub({ egress });
  notifier = hub.service.startNotifying({
    egress,
    keep: 4 * 3_600_000,
    onFault: (error) => void faults.push(error as Error),
    onTrouble: (what) => void trouble.push(what),
  });
});
afterAll(async () => {
  await notifier.stop();
  await hub.close();
  await egress.close();
});
const another = async (): Promise<Receiver> => {
  const one = await openReceiver();
  open.push(one);
  return one;
};
beforeEach(async () => {
  receiver = await another();
});
afterEach(async () => {
  vi.restoreAllMocks();
  unreadable.clear();
  for (const asked of [{}, { caller: callerOf({ appId: "ill" }) }, theirs]) {
    for (const { id } of (await hub.get(subscriptions, asked)).json.value) await hub.remove(`${subscriptions}/${id}`, asked);
  }
  for (const one of open.splice(0)) await one.close();
  faults.length = 0;
  trouble.length = 0;
});

const theirs = { caller: callerOf({ tenant: otherTenant }) };
const asked = ({ url }: Receiver, more: object = {}): object => ({
  changeType: "created,updated,deleted",
  notificationUrl: url,
  resource: "security/secureScores",
  expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
  ...more,
});
async function subscribe(to: Receiver, more: object = {}, as: Asked = {}): Promise<string> {
  const { status, json, text } = await hub.post(subscriptions, asked(to, more), as);
  expect(status, text).toBe(201);
  return json.id;
}
const score = async (currentScore: number, as: Asked = {}): Promise<string> =>
  (await hub.post(scores, { currentScore, maxScore: 100, vendorInformation: vendor }, as)).json.id;
const deliveries = async (id: string): Promise<any[]> => (await hub.get(`${subscriptions}/${id}/deliveries`)).json.value;
const replay = (id: string, deliveryId: string): Promise<Answer> => hub.post(`${subscriptions}/${id}/replay`, { deliveryId });
const toldOf = (one: Receiver): string[] => one.notified.map(({ resourceData }) => resourceData.id);

describe("what goes wrong with one subscription", () => {
  test("keeps no other waiting, and is tried again until it goes well", async () => {
    unreadable.add("ill");
    const ill = await another();
    const { entries } = hub.store;
    vi.spyOn(hub.store, "entries").mockImplementation(async (permitted, ...rest) => {
      if (unreadable.has(permitted.caller.appId)) throw new Error("It cannot be read.");
      return entries(permitted, ...rest);
    });
    await subscribe(ill, {}, { caller: callerOf({ appId: "ill" }) });
    await subscribe(receiver);
    const made = [await score(1), await score(2)];
    await receiver.until(2);
    expect(toldOf(receiver)).toEqual(made);
    expect(ill.notified).toEqual([]);
    await expect.poll(() => faults.map(({ message }) => message)).toContain("It cannot be read.");
    expect(notifier.figures()?.subscriptions).toEqual({ healthy: 1, failing: 0, faulty: 1 });
    unreadable.clear();
    await ill.until(2);
    expect(toldOf(ill)).toEqual(made);
  });

  test("a delivery that cannot be noted is not sent again for want of a note", async () => {
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
    await expect.poll(async () => (await deliveries(id)).map(({ outcome }) => outcome), { timeout: 5_000 }).toEqual(["delivered"]);
    const second = await score(2);
    await receiver.until(2);
    expect(toldOf(receiver)).toEqual([first, second]);
    expect(faults).toHaveLength(1);
  });
});

describe("a replay", () => {
  const deliveredOnce = async (id: string, count: number): Promise<any[]> => {
    await expect.poll(async () => (await deliveries(id)).filter(({ outcome }) => outcome === "delivered").length, { timeout: 5_000 }).toBe(count);
    return deliveries(id);
  };

  test("that is asked for during a delivery is not overtaken by what is noted of that delivery", async () => {
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
    const id = await subscribe(receiver);
    const made: string[] = [];
    for (let count = 1; count <= 3; count += 1) {
      made.push(await score(count));
      await deliveredOnce(id, count);
    }
    const numbered = (await deliveries(id)).toSorted((one, other) => one.fromSequence - other.fromSequence);
    await notifier.stop();
    expect((await replay(id, numbered[0].id)).status).toBe(204);
    expect((await replay(id, numbered[2].id)).status).toBe(204);
    notifier = hub.service.startNotifying({ egress, keep: 4 * 3_600_000, onFault: (error) => void faults.push(error as Error) });
    await receiver.until(6);
    expect(toldOf(receiver)).toEqual([...made, ...made]);
  });

  test.each([
    ["of what is no delivery", "none"],
    ["of nothing", ""],
  ])("%s is refused", async (_, deliveryId) => {
    expect((await replay(await subscribe(receiver), deliveryId)).status).toBe(400);
  });
});
