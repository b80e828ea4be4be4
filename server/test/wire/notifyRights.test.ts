import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callerOf, otherTenant, tenant } from "./hub.ts";
import { openNotifyStand, subscriptions, toldOf, wantedBy, type NotifyStand } from "./notifyStand.ts";
import type { Receiver } from "./receiver.ts";

let stand: NotifyStand;
let receiver: Receiver;

beforeAll(async () => {
  stand = await openNotifyStand({ operatorTenant: tenant });
});
afterAll(() => stand.close());
beforeEach(async () => {
  receiver = await stand.receiver();
});
afterEach(async () => {
  stand.requireNoFaults();
  await stand.clear(delegated);
});

const delegated = { caller: callerOf({ appId: "console", user: "ann@contoso.example", kind: "delegated" }) };
const lifecycle = (): object => ({ lifecycleNotificationUrl: `${receiver.url}/life` });
const events = (): string[] => receiver.notified.flatMap(({ lifecycleEvent }) => lifecycleEvent ?? []);

describe("in whose name subscribers are told", () => {
  test("a person's subscription is made in the person's name, and told like any other", async () => {
    const id = await stand.subscribe(receiver, {}, delegated);
    expect((await stand.hub.get(`${subscriptions}/${id}`, delegated)).json).toMatchObject({ applicationId: "console", creatorId: "ann@contoso.example" });
    const made = await stand.score(1);
    await receiver.until(1);
    expect(toldOf(receiver)).toEqual([made]);
  });

  test("R152, R157 rights that are gone at reauthorize end it: subscriptionRemoved is told, and nothing of what is written since", async () => {
    const { hub, subscribe, score } = stand;
    const id = await subscribe(receiver, lifecycle());
    const first = await score(1);
    await receiver.until(1);
    const lesser = { caller: callerOf({ permissions: ["SecurityActions.Read.All"] }) };
    expect((await hub.post(`${subscriptions}/${id}/reauthorize`, "", lesser)).status).toBe(204);
    await expect.poll(events).toEqual(["subscriptionRemoved"]);
    await expect.poll(async () => (await hub.get(`${subscriptions}/${id}`)).status).toBe(404);
    await score(2);
    // It may be told twice: by who removed it, and by who found it gone meanwhile.
    await expect.poll(() => [...new Set(stand.trouble)]).toEqual([`removed ${id}`]);
    expect(toldOf(receiver)).toEqual([first]);
  });

  test("a lifecycle endpoint that does not hear of it is told again before the subscription is gone", async () => {
    const { hub, subscribe } = stand;
    const id = await subscribe(receiver, lifecycle());
    let refusals = 1;
    receiver.answer = ({ url }) => (url.pathname === "/hook/life" && (refusals -= 1) >= 0 ? { status: 503 } : undefined);
    await hub.post(`${subscriptions}/${id}/reauthorize`, "", { caller: callerOf({ permissions: ["SecurityActions.Read.All"] }) });
    await expect.poll(events).toEqual(["subscriptionRemoved"]);
    expect(receiver.calls.filter(({ url }) => url.pathname === "/hook/life" && url.search === "")).toHaveLength(2);
  });
});

describe("a tenant that manages a hub", () => {
  const customer = { caller: callerOf({ tenant: otherTenant }) };

  test("is told of it as long as it does: once the link is removed, subscriptionRemoved comes without another write, and nothing more", async () => {
    const { hub, score } = stand;
    const theirs = (await hub.post("/v1.0/securities", { azureTenantId: otherTenant })).json.id;
    const { status, text } = await hub.post(
      `/v1.0/securities/${theirs}/subscriptions`,
      wantedBy(receiver.url, { resource: `securities/${theirs}/secureScores`, ...lifecycle() }),
    );
    expect(status, text).toBe(201);
    const told = await score(1, customer);
    await receiver.until(1);
    expect((await hub.remove(`/v1.0/security/managers/${tenant}`, customer)).status).toBe(204);
    await expect.poll(events).toEqual(["subscriptionRemoved"]);
    await score(2, customer);
    await expect.poll(() => stand.notifier().figures()!.subscriptions).toEqual({ healthy: 0, failing: 0, faulty: 0 });
    expect(toldOf(receiver)).toEqual([told]);
  });
});
