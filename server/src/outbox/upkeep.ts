import type { Store } from "../store/store.ts";
import { createForgetting, forgetKind, planForgetting } from "./forgetExpired.ts";
import { startWorker, type Worker, type WorkerSettings } from "./worker.ts";

/** Starts what keeps a store in order while a server runs: of several servers one at a time does each piece. */
export function startUpkeep({ leases, system }: Pick<Store, "leases" | "system">, onFault: WorkerSettings["onFault"] & {}): Worker {
  const worker = startWorker({ leases, jobs: new Map([[forgetKind, createForgetting(system)]]), onFault });
  void planForgetting(leases).catch((error: unknown) => onFault(error, forgetKind));
  return worker;
}
