import type { Store } from "../store/store.ts";
import { createBringing } from "./bringRows.ts";
import { createForgetting, forgetKind, planForgetting } from "./forgetExpired.ts";
import { startWorker, type Worker, type WorkerSettings } from "./worker.ts";

/** Starts what keeps a store in order while a server runs: of several servers one at a time does each piece. */
export function startUpkeep({ leases, system, lateRows }: Pick<Store, "leases" | "system" | "lateRows">, onFault: WorkerSettings["onFault"] & {}): Worker {
  const jobs = new Map([[forgetKind, createForgetting(system)]]);
  if (lateRows !== undefined) jobs.set(lateRows.kind, createBringing(lateRows));
  const worker = startWorker({ leases, jobs, onFault });
  void planForgetting(leases).catch((error: unknown) => onFault(error, forgetKind));
  return worker;
}
