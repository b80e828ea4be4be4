import { expect, onTestFinished, test } from "vitest";
import { createExchange } from "../../src/limits/exchange.ts";
import { createThrottle } from "../../src/limits/throttle.ts";
import { callerOf, openHub, otherTenant, type TestHub } from "../wire/hub.ts";

const scores = "/v1.0/security/secureScores";

/** A server that lets 20 reads a minute pass, over the data of another. */
async function server(folder?: string): Promise<TestHub> {
  const more = folder === undefined ? {} : { folder };
  // The store is there only when the hub is open; until then nobody spends anything.
  const late: { hub?: TestHub } = {};
  const exchange = createExchange({ share: (spent) => late.hub!.store.shareRates!(spent), clock: () => performance.now(), every: 10 });
  const hub = await openHub({ ...more, throttle: createThrottle({ reads: 20, writes: "off" }, undefined, exchange) });
  late.hub = hub;
  onTestFinished(async () => {
    await exchange.stop();
    await hub.store.close();
  });
  return hub;
}

test("what one server lets pass is missing on the other a moment later; other tenants and writes are free (R164, R167)", async () => {
  const one = await server();
  const two = await server(one.folder);
  for (let n = 0; n < 20; n += 1) expect((await one.get(scores)).status).toBe(200);
  expect((await one.get(scores)).status).toBe(429);
  // What it does not know of yet it lets pass: here one request, with which it tells and learns.
  let passed = 0;
  for (let asked = 0; asked < 200; asked += 1) {
    const { status, headers } = await two.get(scores);
    if (status === 429) {
      expect(Number(headers["Retry-After"])).toBeGreaterThan(0);
      break;
    }
    passed += 1;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect(passed).toBeLessThan(20);
  expect((await two.get(scores, { caller: callerOf({ tenant: otherTenant }) })).status).toBe(200);
  expect((await two.get(scores, { caller: callerOf({ appId: "another" }) })).status).toBe(200);
});
