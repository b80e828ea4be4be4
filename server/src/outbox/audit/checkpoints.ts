import type { TrailEnd } from "../../store/audit/auditEntry.ts";
import type { StoreSystem } from "../../store/store.ts";
import type { Job } from "../worker.ts";

/** The kind of work that signs how far the trails have come. */
export const checkpointKind = "audit checkpoints";

/** Milliseconds until the next ones, and until what was not taken is tried again. */
const [hour, soon] = [3_600_000, 60_000];

/** Signs the ends of trails and puts what comes of it where it is kept; answers those that are kept now. */
export type Publish = (ends: readonly TrailEnd[]) => Promise<readonly TrailEnd[]>;

/** Makes the job: once an hour it publishes the ends of the trails that have grown since. */
export function createCheckpoints({ trails }: Pick<StoreSystem, "trails">, publish: Publish): Job {
  const told = new Map<string, number>();
  return async (_, lost) => {
    const grown = (await trails()).filter(({ hub, number }) => told.get(hub) !== number);
    if (lost.aborted) return { later: 0 };
    const kept = grown.length === 0 ? [] : await publish(grown);
    for (const { hub, number } of kept) told.set(hub, number);
    return { later: kept.length < grown.length ? soon : hour };
  };
}
