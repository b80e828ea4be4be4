import type { Store } from "../store/store.ts";
import type { Job } from "./worker.ts";

/** Makes the job that brings up rows which servers of the version before wrote since a migration; who is stopped begins anew. */
export function createBringing({ bring }: Store["lateRows"] & {}): Job {
  return async ({ payload }, lost) => {
    try {
      await bring(payload, lost);
      return "done";
    } catch (error) {
      if (lost.aborted) return { later: 0 };
      throw error;
    }
  };
}
