import { expect, test } from "vitest";
import { createMemoryRecords } from "../../src/base/memoryRecords.ts";
import { recordContract } from "./recordContract.ts";

recordContract(async () => {
  let now = 1_000_000;
  const records = createMemoryRecords(() => now);
  const sets = new Map<string, unknown>();
  // The sets of one process are made once.
  const shared: typeof records = (kind) => {
    if (!sets.has(kind.name)) sets.set(kind.name, records(kind));
    return sets.get(kind.name) as ReturnType<typeof records<any>>;
  };
  return { one: shared, two: shared, pass: async (milliseconds) => void (now += milliseconds) };
});

test("of too many the longest unused goes, with its second name", async () => {
  const set = createMemoryRecords(() => 0)<{ readonly n: number }>({ name: "k", most: 2, aliasOf: ({ n }) => `x${n}` });
  for (const n of [1, 2, 3]) await set.change(String(n), () => ({ n }));
  expect([await set.find("1"), await set.findByAlias("x1"), await set.findByAlias("x3")]).toEqual([undefined, undefined, { n: 3 }]);
});
