import { afterEach, expect, test } from "vitest";
import { openHub, otherTenant, tenant, type TestHub } from "./hub.ts";

let hub: TestHub;
afterEach(() => hub.close());

test("a connector in a customer's hub is the customer's: whoever manages the hub registers and tries it in the customer's name", async () => {
  const [asked, tried]: [string[], string[]] = [[], []];
  hub = await openHub({
    operatorTenant: tenant,
    programFault: (program, owner) => (asked.push(owner), program === "firewall" && owner === otherTenant ? undefined : `'${program}' is not for '${owner}'.`),
    connections: new Map([
      [
        "exec",
        {
          deliver: () => Promise.resolve({ kind: "completed" } as const),
          test: async (order) => {
            tried.push(order.tenant);
            return { kind: "completed" };
          },
        },
      ],
    ]),
  });
  const theirs = (await hub.post("/v1.0/securities", { azureTenantId: otherTenant })).json.id;
  const connector = { vendor: "Contoso", provider: "Firewall", kind: "exec", exec: { program: "firewall" }, actions: [{ name: "BlockIp" }] };
  const own = await hub.post("/v1.0/security/connectors", connector);
  expect([own.status, own.json.error.message]).toEqual([400, expect.stringContaining(`is not for '${tenant}'`)]);
  const { status, json, text } = await hub.post(`/v1.0/securities/${theirs}/connectors`, connector);
  expect(status, text).toBe(201);
  const reached = await hub.post(`/v1.0/securities/${theirs}/connectors/${json.id}/testConnection`, {});
  expect([reached.status, reached.json.outcome]).toEqual([200, "reached"]);
  expect([asked, tried]).toEqual([[tenant, otherTenant], [otherTenant]]);
});
