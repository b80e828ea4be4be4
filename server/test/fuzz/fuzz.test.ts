import { expect, test } from "vitest";
import { fuzzBodies } from "./fuzzBodies.ts";
import { fuzzUrls } from "./fuzzUrls.ts";

/** More of it, with any seed: server/test-long/fuzz.test.ts. */
test("2,000 random and broken URLs: served or refused by name, never a fault of ours", async () => {
  const { faults, statuses, sent } = await fuzzUrls({ seed: 1, count: 2_000 });
  expect(faults).toEqual([]);
  expect(statuses.get(200)! / sent).toBeGreaterThan(0.15);
}, 120_000);

test("1,000 random and broken bodies: what is stored is what was sent and acknowledged", async () => {
  const { faults, statuses, sent } = await fuzzBodies({ seed: 1, count: 1_000 });
  expect(faults).toEqual([]);
  expect(((statuses.get(201) ?? 0) + (statuses.get(200) ?? 0)) / sent).toBeGreaterThan(0.15);
}, 120_000);
