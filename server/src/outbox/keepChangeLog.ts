import { setImmediate as turn } from "node:timers/promises";
import type { StoreSystem } from "../store/store.ts";
import type { Job } from "./worker.ts";

/** The kind of work that deletes what is too old from the change log, and makes room in it for what comes. */
export const changeLogKind = "keep change log";

/** Entries that are deleted at once: writers wait no longer than for these. */
const most = 1000;
const minute = 60_000;

/** Makes the job: once an hour, by one server at a time. `days`: how long entries are kept; undefined keeps all. */
export function createChangeLogKeeping({ keepChangeLog }: Pick<StoreSystem, "keepChangeLog">, days: number | undefined): Job {
  return async (_, lost) => {
    for (;;) {
      if (lost.aborted) return { later: 0 };
      const state = await keepChangeLog({ days, most });
      if (state !== "more") return { later: state === "kept" ? 60 * minute : minute };
      await turn();
    }
  };
}
