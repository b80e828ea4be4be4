import type { Store } from "../../store/store.ts";
import { startWorker, type WorkerSettings } from "../worker.ts";
import { createNotifying, notifyKind, type NotifyParts } from "./notifyHub.ts";
import { createPokes } from "./pokes.ts";

/** Tells subscribers of what is written. */
export interface Notifier {
  /** To be called with every write: its hub, and whether subscriptions were written. */
  readonly wrote: (hub: string, isSubscription: boolean) => void;
  readonly stop: () => Promise<void>;
}

export interface NotifierParts extends Omit<NotifyParts, "pokes" | "tenantOf" | "store"> {
  readonly store: Store;
  readonly onFault: WorkerSettings["onFault"] & {};
}

/** Hubs of other servers may get subscriptions that this one does not hear of: it asks again after so many milliseconds. */
const forgotten = 2_000;

/** Starts to tell. A hub without subscriptions costs its writers nothing but a look into memory. */
export function startNotifying({ onFault, ...parts }: NotifierParts): Notifier {
  const { store } = parts;
  const pokes = createPokes();
  const idle = new Map<string, number>();
  const asking = new Set<string>();
  const notify = createNotifying({ ...parts, pokes, tenantOf: (hub) => tenantOf(hub, store) });
  const jobs = new Map([
    [
      notifyKind,
      async (...[lease, lost]: Parameters<typeof notify>) => {
        const result = await notify(lease, lost);
        if (result === "done") idle.set(lease.hub, store.steady === undefined ? Infinity : parts.gate.steady() + forgotten);
        return result;
      },
    ],
  ]);
  const worker = startWorker({ leases: store.leases, jobs, most: 16, onFault });
  return {
    wrote(hub, isSubscription) {
      if (isSubscription) idle.delete(hub);
      if (pokes.poke(hub) || asking.has(hub) || (idle.get(hub) ?? 0) > parts.gate.steady()) return;
      asking.add(hub);
      void store.leases
        .put([{ hub, kind: notifyKind, key: "" }])
        .catch((error: unknown) => onFault(error, notifyKind))
        .finally(() => asking.delete(hub));
    },
    stop: worker.stop,
  };
}

async function tenantOf(hub: string, { system }: Store): Promise<string | undefined> {
  const grants = (await system.grants()).filter((grant) => grant.hub === hub);
  return (grants.find(({ role }) => role === "home") ?? grants[0])?.tenant;
}
