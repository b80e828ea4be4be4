import type { Store } from "../store/store.ts";
import { checkpointKind, createCheckpoints, type Publish } from "./audit/checkpoints.ts";
import { createTrailKeeping, keepTrailKind } from "./audit/keepTrail.ts";
import { createBringing } from "./bringRows.ts";
import { createForgetting, forgetKind } from "./forgetExpired.ts";
import { changeLogKind, createChangeLogKeeping } from "./keepChangeLog.ts";
import { createRemoval, type Removal } from "./removeOld.ts";
import { startWorker, type Job, type Worker, type WorkerSettings } from "./worker.ts";

/** What is kept, and for how long. */
export interface Retention {
  /** Days of the change log; absent: all of it. */
  readonly changeLogDays?: number | undefined;
  /** Rows of the hubs that are deleted some day. */
  readonly removals?: readonly Removal[];
  /** Days of the audit trails; absent: all of them. */
  readonly auditDays?: number | undefined;
  /** Where signed checkpoints of the trails go; absent: nowhere. */
  readonly checkpoints?: Publish | undefined;
}

type Kept = Pick<Store, "leases" | "system" | "lateRows">;

/** Starts what keeps a store in order while a server runs: of several servers one at a time does each piece. */
export function startUpkeep({ leases, system, lateRows }: Kept, onFault: WorkerSettings["onFault"] & {}, retention: Retention = {}): Worker {
  const { auditDays, checkpoints } = retention;
  const hourly = new Map<string, Job>([
    ...(auditDays === undefined ? [] : [[keepTrailKind, createTrailKeeping(system, auditDays, Date.now)] as const]),
    ...(checkpoints === undefined ? [] : [[checkpointKind, createCheckpoints(system, checkpoints)] as const]),
    [forgetKind, createForgetting(system)],
    [changeLogKind, createChangeLogKeeping(system, retention.changeLogDays)],
    ...(retention.removals ?? []).map((removal) => [`remove old ${removal.path}`, createRemoval(system, removal)] as const),
  ]);
  const jobs = new Map(hourly);
  if (lateRows !== undefined) jobs.set(lateRows.kind, createBringing(lateRows));
  const worker = startWorker({ leases, jobs, onFault });
  // Made once for all servers; due a minute later at the latest.
  const planned = [...hourly.keys()].map((kind) => ({ hub: "", kind, key: "", dueIn: 60_000 }));
  void leases.put(planned).catch((error: unknown) => onFault(error, planned[0]!.kind));
  return worker;
}
