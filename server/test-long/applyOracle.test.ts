import { expect, it } from "vitest";
import { Agreement, fill, listed } from "../test/apply/agree.ts";
import { wanted } from "../test/fuzz/campaign.ts";
import { callerOf, openHub } from "../test/wire/hub.ts";

/** Results asked of one hub, before another is filled otherwise. */
const round = 1_000;
const count = wanted("FUZZ_COUNT", 20_000);
const first = wanted("FUZZ_SEED", 1_000);

it(`${count} generated $apply give what plain code makes of the listed rows`, { timeout: 7_200_000 }, async () => {
  const faults: string[] = [];
  for (let seed = first; seed < first + Math.ceil(count / round); seed += 1) {
    const hub = await openHub();
    await fill(hub, { seed, count: 30 + (seed % 5) * 15, caller: callerOf({ permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import"] }) });
    const agreement = new Agreement(hub, await listed(hub), seed);
    for (let index = 0; index < Math.min(round, count); index += 1) {
      const fault = await agreement.next();
      if (fault !== undefined) faults.push(`seed ${seed}: ${fault}`);
    }
    await hub.close();
  }
  expect(faults).toEqual([]);
});
