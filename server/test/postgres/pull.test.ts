import { afterAll, beforeAll, expect, test } from "vitest";
import { callerOf, openHub, type Answer, type Asked, type TestHub } from "../wire/hub.ts";

const actions = "/v1.0/security/securityActions";
/** Milliseconds by which the clocks of the servers are ahead. */
let ahead = 0;
const time = { clock: () => Date.now() + ahead, steady: () => performance.now() };
let [one, two]: TestHub[] = [];
let provider = "";
beforeAll(async () => {
  one = await openHub(time);
  two = await openHub({ ...time, folder: one.folder });
  const connector = { ...vendorInformation, kind: "pull", actions: [{ name: "BlockIp" }], limits: { concurrency: 64 }, pull: { leaseSeconds: 30 } };
  provider = `/v1.0/security/actionProviders/${(await one.post("/v1.0/security/connectors", connector)).json.id}`;
});
afterAll(async () => {
  for (const { service } of [one!, two!]) service.stopWaiting();
  await two!.store.close();
  await one!.close();
});

const vendorInformation = { vendor: "Contoso", provider: "Gate" };
const actuator = (appId: string): Asked => ({ caller: callerOf({ appId, permissions: ["SecurityActions.Lease.All"] }) });
const lease = (hub: TestHub, appId: string, body: object = {}): Promise<Answer> => hub.post(`${provider}/lease`, body, actuator(appId));
const acknowledge = (hub: TestHub, appId: string, { actionId, fencingToken }: any): Promise<Answer> =>
  hub.post(`${provider}/acknowledge`, { actionId, fencingToken, outcome: "completed" }, actuator(appId));
const post = async (hub: TestHub): Promise<string> =>
  (await hub.post(actions, { name: "BlockIp", parameters: [{ name: "ip", value: "203.0.113.9" }], vendorInformation })).json.id;

test("two servers, two actuators that take what they get at once: each action is leased once, whoever is asked", async () => {
  const ids: string[] = [];
  for (let number = 0; number < 30; number += 1) ids.push(await post(number % 2 === 0 ? one! : two!));
  const got: string[] = [];
  const work = async (hub: TestHub, appId: string): Promise<void> => {
    for (;;) {
      const { value } = (await lease(hub, appId, { count: 3 })).json;
      if (value.length === 0) return;
      for (const leased of value) {
        got.push(leased.actionId);
        expect((await acknowledge(hub, appId, leased)).status).toBe(204);
      }
    }
  };
  await Promise.all([work(one!, "a"), work(two!, "b"), work(two!, "a"), work(one!, "b")]);
  expect(got.toSorted((left, right) => left.localeCompare(right))).toEqual(ids.toSorted((left, right) => left.localeCompare(right)));
  const { value } = (await one!.get(`${actions}?$filter=status eq 'Completed' and dispatch/attempts eq 1&$select=id&$top=100`)).json;
  expect(value).toHaveLength(30);
});

test("who waits at one server is given what is posted at the other", async () => {
  const waiting = lease(two!, "b", { wait: 60 });
  await expect.poll(() => two!.service.waiting()).toBe(1);
  const id = await post(one!);
  const [leased] = (await waiting).json.value;
  expect(leased.actionId).toBe(id);
  expect((await acknowledge(one!, "b", leased)).status).toBe(204);
});

test("work that was leased from a server which is gone, by an actuator that is gone too, is given to another; the late one's token is refused everywhere", async () => {
  const third = await openHub({ ...time, folder: one!.folder });
  const id = await post(third);
  const [late] = (await lease(third, "a")).json.value;
  await third.store.close();
  expect((await lease(two!, "b")).json.value).toEqual([]);
  ahead += 31_000;
  const both = await Promise.all([lease(one!, "b"), lease(two!, "c")]);
  const [next, ...more] = both.flatMap(({ json }) => json.value);
  expect([next, more]).toEqual([expect.objectContaining({ actionId: id, attempt: 2, fencingToken: late.fencingToken + 1 }), []]);
  for (const hub of [one!, two!]) expect((await acknowledge(hub, "a", late)).status).toBe(409);
  const winner = both[0].json.value.length > 0 ? "b" : "c";
  expect((await acknowledge(two!, winner, next)).status).toBe(204);
  expect((await acknowledge(one!, "a", late)).status).toBe(409);
  const outcomes = (await one!.get(`${actions}/${id}/attempts`)).json.value.map(({ outcome }: any) => outcome);
  expect([(await one!.get(`${actions}/${id}`)).json.status, outcomes]).toEqual(["Completed", ["unknown", "succeeded"]]);
});
