import { setImmediate as turn } from "node:timers/promises";
import { instantOf } from "../../base/instant.ts";
import type { StoreSystem } from "../../store/store.ts";
import type { Job } from "../worker.ts";

/** The kind of work that removes records of the audit that are too old. */
export const keepTrailKind = "keep audit trail";

/** Records that are removed at once: writers wait no longer than for these. */
const most = 1000;
const [hour, day] = [3_600_000, 86_400_000];

/** Makes the job: once an hour it removes what is older than so many days; the chain goes on, and a record in it tells what went. */
export function createTrailKeeping({ trails, cutTrail }: Pick<StoreSystem, "trails" | "cutTrail">, days: number, clock: () => number): Job {
  return async (_, lost) => {
    const until = instantOf(clock() - days * day);
    for (const { hub } of await trails()) {
      for (let isFirst = true; !lost.aborted; isFirst = false) {
        if ((await cutTrail({ hub, until, most, now: instantOf(clock()), tell: isFirst })) === "kept") break;
        await turn();
      }
    }
    return { later: lost.aborted ? 0 : hour };
  };
}
