import { expect, test } from "vitest";
import { wanted } from "../test/fuzz/campaign.ts";
import { fuzzBodies } from "../test/fuzz/fuzzBodies.ts";
import { fuzzBatches } from "../test/fuzz/fuzzBatches.ts";
import { fuzzGrammar } from "../test/fuzz/fuzzGrammar.ts";
import { fuzzHeaders } from "../test/fuzz/fuzzHeaders.ts";
import { fuzzIssuer } from "../test/fuzz/fuzzIssuer.ts";
import { fuzzTokens } from "../test/fuzz/fuzzTokens.ts";
import { fuzzUrls } from "../test/fuzz/fuzzUrls.ts";

/**
 * The promises as they are made are 5,000,000 URLs and 1,000,000 bodies: `FUZZ_COUNT=5000000 FUZZ_SEED=7 npm run test:long
 * -- server/test-long/fuzz.test.ts -t URLs`. A fault is printed as a request to copy, made as small as it goes.
 */
const seed = wanted("FUZZ_SEED", 20_261_122);
const longest = 24 * 3_600_000;

test(
  "100,000 random and broken URLs: served or refused by name, never a fault of ours",
  async () => {
    const { faults, statuses, sent } = await fuzzUrls({ seed, count: wanted("FUZZ_COUNT", 100_000) });
    expect(faults).toEqual([]);
    expect(statuses.get(200)! / sent).toBeGreaterThan(0.15);
  },
  longest,
);

test(
  "50,000 random and broken bodies: what is stored is what was sent and acknowledged",
  async () => {
    const { faults, statuses, sent } = await fuzzBodies({ seed, count: wanted("FUZZ_COUNT", 50_000) });
    expect(faults).toEqual([]);
    expect(((statuses.get(201) ?? 0) + (statuses.get(200) ?? 0)) / sent).toBeGreaterThan(0.15);
  },
  longest,
);

test.each([
  ["10,000 batches, in JSON and multipart: refused as a whole or one good answer for each request", fuzzBatches, 10_000],
  ["20,000 requests with broken headers: served or refused by name", fuzzHeaders, 20_000],
  ["100,000 page tokens where they do not belong, or broken: none opens anything", fuzzTokens, 100_000],
  ["100,000 forms and queries to the issuer: no fault of ours, no token, no way to another site", fuzzIssuer, 100_000],
])(
  "%s",
  async (_, fuzz, count) => {
    expect((await fuzz({ seed, count: wanted("FUZZ_COUNT", count) })).faults).toEqual([]);
  },
  longest,
);

test(
  "1,000,000 broken texts of the grammar: read, and printed and read again as the same, or refused; some by a hub",
  async () => {
    expect((await fuzzGrammar({ seed, count: wanted("FUZZ_COUNT", 1_000_000), share: 100 })).faults).toEqual([]);
  },
  longest,
);
