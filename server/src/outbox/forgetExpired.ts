import { setImmediate as turn } from "node:timers/promises";
import type { StoreSystem } from "../store/store.ts";
import type { Job } from "./worker.ts";

/** The kind of work that deletes what has outlived its use. */
export const forgetKind = "forget expired";

/** Rows that are deleted at once: writers wait no longer than for these. */
const batch = 500;
const hour = 3_600_000;

/** Makes the job: once an hour it deletes in small batches, by one server at a time, until nothing is left that is too old. */
export function createForgetting(system: StoreSystem): Job {
  return async (_, lost) => {
    while (!lost.aborted && (await system.forgetExpired(batch)) === batch) await turn();
    return { later: lost.aborted ? 0 : hour };
  };
}
