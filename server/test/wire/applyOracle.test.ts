import { afterAll, beforeAll, expect, it } from "vitest";
import { Agreement, fill, listed } from "../apply/agree.ts";
import { callerOf, openHub, type TestHub } from "./hub.ts";

let hub: TestHub;

beforeAll(async () => {
  hub = await openHub();
  await fill(hub, { seed: 1, count: 40, caller: callerOf({ permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import"] }) });
});
afterAll(() => hub.close());

it.each([1, 2, 3])("100 generated $apply give what plain code makes of the listed rows, whole and in pages: seed %i", async (seed) => {
  const agreement = new Agreement(hub, await listed(hub), seed);
  const faults: string[] = [];
  for (let index = 0; index < 100; index += 1) {
    const fault = await agreement.next();
    if (fault !== undefined) faults.push(fault);
  }
  expect(faults).toEqual([]);
});
