import { describe, expect, test } from "vitest";
import { factsOf } from "./realClients.ts";

/** A server that lets one request a second in. */
const settings = { SECGRAPH_RATE_READS: "60" };

describe("the retries of the published Graph clients", () => {
  const facts = factsOf("throttled.mjs", { settings, patience: 240_000 });

  test("what is too much is refused with the seconds to wait", () => {
    expect(facts["refused"]).toEqual({ code: "TooManyRequests", wait: 1, left: "0" });
  });

  test.each([
    ["graph-client 429: waits as long as it is told, and gets its answer", "graphClient"],
    ["msal 429: the same with tokens of MSAL", "msal"],
    ["kiota 429: waits as long as it is told, and gets its answer", "kiota"],
    ["pnp 429: waits as long as it is told, and gets its answer", "pnp"],
  ])("%s", (_name, fact) => {
    expect(facts[fact]).toEqual({ value: [], waited: true, last: 200 });
  });
});

describe("the client of odata2ts", () => {
  const facts = factsOf("odata2ts/throttled.mjs", { settings });

  test("odata2ts 429 (fault): it does not come back by itself", () => {
    expect(facts["refused"]).toEqual({ status: 429, message: expect.stringContaining("requests") as unknown, wait: "1" });
  });
});
