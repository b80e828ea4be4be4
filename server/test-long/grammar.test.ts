import { describe, expect, test } from "vitest";
import { roundTrips } from "../test/odata/roundTrips.ts";

describe("what is printed parses to the same tree, 20,000 times each", () => {
  test.each(Object.entries(roundTrips))("%s", (_, holds) => expect(() => holds(20_000)).not.toThrow());
});
