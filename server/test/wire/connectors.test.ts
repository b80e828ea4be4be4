import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSecrets } from "../../src/base/secrets.ts";
import { createEgress, type Egress } from "../../src/egress/createEgress.ts";
import { readAllowedDestinations } from "../../src/egress/allowedDestinations.ts";
import { openHub, type TestHub } from "./hub.ts";

const secrets = createSecrets(["0123456789abcdef0123456789abcdef"]);
const set = "/v1.0/security/connectors";
const catalogue = "/v1.0/security/actionProviders";
const block = { name: "BlockIp", reverse: "UnblockIp" };
const unblock = { name: "UnblockIp", reverse: "BlockIp" };
const firewall = { vendor: "Contoso", provider: "Firewall", kind: "http", http: { url: "https://fw.example/block" }, actions: [block, unblock] };

let egress: Egress;
let hub: TestHub;
beforeAll(async () => {
  egress = createEgress({ allow: readAllowedDestinations("http://127.0.0.1:9443 fw.internal:8443") });
  hub = await openHub({ secrets, egress, programFault: (name) => (name === "nft" ? undefined : `'${name}' is not allowed.`) });
});
afterAll(async () => {
  await hub.close();
  await egress.close();
});

let made = 0;
/** A body whose provider no other test has. */
function fresh(more: object = {}): Record<string, unknown> {
  made += 1;
  return { ...firewall, provider: `Firewall ${made}`, ...more };
}

async function create(more: object = {}): Promise<any> {
  const { status, json } = await hub.post(set, fresh(more));
  expect([status, json.error]).toEqual([201, undefined]);
  return json;
}

describe("a connector", () => {
  test("is made, read, changed and removed; what is not said is as usual", async () => {
    const one = await create();
    expect(one).toMatchObject({ vendor: "Contoso", kind: "http", state: "active", guarantee: "atLeastOnce", reporterAppId: null });
    expect(one.limits).toMatchObject({ ratePerMinute: 600, concurrency: 8, timeoutSeconds: 30, attempts: 8 });
    expect((await hub.get(`${set}/${one.id}`)).json.actions.map(({ name }: { name: string }) => name)).toEqual(["BlockIp", "UnblockIp"]);
    const { json } = await hub.patch(`${set}/${one.id}`, { displayName: "The firewall", limits: { concurrency: 1 } });
    expect(json).toMatchObject({ displayName: "The firewall", limits: { concurrency: 1, ratePerMinute: 600 } });
    expect((await hub.remove(`${set}/${one.id}`)).status).toBe(204);
    expect((await hub.get(`${set}/${one.id}`)).status).toBe(404);
  });

  test("stands in the catalogue, without how it is reached, and leaves it with its end", async () => {
    const { id } = await create({ credentials: [{ scheme: "bearer", secret: "t0ps3cret" }] });
    const entry = (await hub.get(`${catalogue}/${id}`)).json;
    expect(
      Object.keys(entry)
        .filter((name) => !name.startsWith("@"))
        .toSorted(),
    ).toEqual(["actions", "displayName", "guarantee", "id", "kind", "provider", "providerKey", "reporterAppId", "state", "vendor"].toSorted());
    await hub.patch(`${set}/${id}`, { actions: [unblock] });
    await hub.post(`${set}/${id}/pause`, {});
    expect((await hub.get(`${catalogue}/${id}`)).json).toMatchObject({ state: "paused" });
    await hub.remove(`${set}/${id}`);
    expect((await hub.get(`${catalogue}/${id}`)).status).toBe(404);
  });
});
