import { expect, test } from "vitest";
import { fuzzBodies } from "./fuzzBodies.ts";
import { fuzzBatches } from "./fuzzBatches.ts";
import { fuzzGrammar } from "./fuzzGrammar.ts";
import { fuzzHeaders } from "./fuzzHeaders.ts";
import { fuzzIssuer } from "./fuzzIssuer.ts";
import { fuzzTokens } from "./fuzzTokens.ts";
import { fuzzUrls } from "./fuzzUrls.ts";

/** More of it, with any seed: server/test-long/fuzz.test.ts. */
test("2,000 random and broken URLs: served or refused by name, never a fault of ours", async () => {
  const { faults, statuses, sent } = await fuzzUrls({ seed: 1, count: 2_000 });
  expect(faults).toEqual([]);
  expect(statuses.get(200)! / sent).toBeGreaterThan(0.15);
});

test("1,000 random and broken bodies: what is stored is what was sent and acknowledged", async () => {
  const { faults, statuses, sent } = await fuzzBodies({ seed: 1, count: 1_000 });
  expect(faults).toEqual([]);
  expect(((statuses.get(201) ?? 0) + (statuses.get(200) ?? 0)) / sent).toBeGreaterThan(0.15);
});

test.each([
  ["200 batches, in JSON and multipart: refused as a whole or one good answer for each request", fuzzBatches, 200],
  ["500 requests with broken headers: served or refused by name", fuzzHeaders, 500],
  ["1000 page tokens where they do not belong, or broken: none opens anything", fuzzTokens, 1000],
  ["1500 forms and queries to the issuer: no fault of ours, no token, no way to another site", fuzzIssuer, 1500],
])(
  "%s",
  async (_, fuzz, count) => {
    expect((await fuzz({ seed: 1, count })).faults).toEqual([]);
  },
  120_000,
);

test("20,000 broken texts of the grammar: read, and printed and read again as the same, or refused; some of them by a hub", async () => {
  const { faults } = await fuzzGrammar({ seed: 1, count: 20_000, share: 20 });
  expect(faults).toEqual([]);
});
