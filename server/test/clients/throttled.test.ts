import { afterAll, beforeAll, expect, test } from "vitest";
import { installClients, runClient, setupPatience, startForClients } from "./realClients.ts";
import type { ClientServer } from "./realClients.ts";

/** The retries of the published Graph clients against a server that lets one request a second in. */
let served: ClientServer | undefined;
let facts: Readonly<Record<string, unknown>> = {};

beforeAll(async () => {
  await installClients();
  served = await startForClients({ SECGRAPH_RATE_READS: "60" });
  facts = await runClient("throttled.mjs", served.env, 240_000);
}, setupPatience);
afterAll(() => served?.close(), 60_000);

test("what is too much is refused with the seconds to wait", () => {
  expect(facts["refused"]).toEqual({ code: "TooManyRequests", wait: 1, left: "0" });
});

test.each(["graphClient", "kiota", "pnp"])("%s waits as long as it is told, and gets its answer", (name) => {
  expect(facts[name]).toEqual({ value: [], waited: true, last: 200 });
});

test("the script went through to its end", () => {
  expect(facts["done"]).toBe(true);
});
