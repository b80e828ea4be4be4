import { describe, expect, test } from "vitest";
import { wanted } from "../test/fuzz/campaign.ts";
import { roundTrips } from "../test/odata/roundTrips.ts";

const count = wanted("FUZZ_COUNT", 20_000);

describe(`what is printed parses to the same tree, ${count} times each`, () => {
  test.each(Object.entries(roundTrips))("%s", (_, holds) => expect(() => holds(count)).not.toThrow());
});
