import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createGuids, requestGuid } from "../../src/base/ids.ts";
import { seeded } from "../fuzz/seeded.ts";

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const day = 24 * 3600_000;

test("each id is greater than the one before, however the clock jumps", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -day, max: day }), { minLength: 2, maxLength: 200 }), (jumps) => {
      const newGuid = createGuids();
      const ids = jumps.map((jump) => newGuid(1_790_000_000_000 + jump));
      expect(ids).toEqual(ids.toSorted());
      expect(new Set(ids).size).toBe(ids.length);
    }),
    seeded(),
  );
});

test("ten thousand in one millisecond are ordered too, and are UUIDs of version 7", () => {
  const newGuid = createGuids();
  const ids = Array.from({ length: 10_000 }, () => newGuid(1_790_000_000_000));
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !uuid7.test(id))).toEqual([]);
});

test("an id begins with the milliseconds of its clock (RFC 9562, 5.7)", () => {
  const newGuid = createGuids();
  expect(newGuid(0x019f_1234_5678).replaceAll("-", "").slice(0, 12)).toBe("019f12345678");
});

test("ids of requests are UUIDs of version 4, and no two are alike", () => {
  const ids = Array.from({ length: 140_000 }, requestGuid);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of [ids[0]!, ids[65_535]!, ids[65_536]!, ids.at(-1)!]) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
