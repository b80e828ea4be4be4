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
  const subscribed = new Set<string>();
  const tenantOf = tenantsOf(store, parts.gate.steady);
  const notify = createNotifying({ ...parts, pokes, tenantOf });
  const jobs = new Map([
    [
      notifyKind,
      async (...[lease, lost]: Parameters<typeof notify>) => {
        subscribed.delete(lease.hub);
        const result = await notify(lease, lost);
        // A subscription may have come while there was none.
        if (result !== "done" || subscribed.has(lease.hub)) idle.delete(lease.hub);
        else idle.set(lease.hub, store.steady === undefined ? Infinity : parts.gate.steady() + forgotten);
        return result;
      },
    ],
  ]);
  const worker = startWorker({ leases: store.leases, jobs, most: 16, onFault });
  const begun = lookEverywhere(store).catch((error: unknown) => onFault(error, notifyKind));
  return {
    wrote(hub, isSubscription) {
      if (isSubscription) {
        subscribed.add(hub);
        idle.delete(hub);
      }
      if (pokes.poke(hub) || asking.has(hub) || (idle.get(hub) ?? 0) > parts.gate.steady()) return;
      asking.add(hub);
      void store.leases
        .put([{ hub, kind: notifyKind, key: "" }])
        .catch((error: unknown) => onFault(error, notifyKind))
        .finally(() => asking.delete(hub));
    },
    async stop() {
      await begun;
      await worker.stop();
    },
  };
}

/** A crash may have come between a write and the word of it: at the start every hub is looked at, once. */
async function lookEverywhere({ system, leases }: Store): Promise<void> {
  const hubs = new Set((await system.grants()).map(({ hub }) => hub));
  if (hubs.size > 0) await leases.put([...hubs].map((hub) => ({ hub, kind: notifyKind, key: "" })));
}

/** Milliseconds for which it is known who reaches which hub: at the start all of them are asked for. */
const known = 1_000;

/** Finds a tenant that reaches a hub: its own where there is one. */
function tenantsOf({ system }: Store, steady: () => number): (hub: string) => Promise<string | undefined> {
  let [asked, answer] = [-Infinity, Promise.resolve(new Map<string, string>())];
  return async (hub) => {
    // One that is not among them may be new.
    if (steady() - asked > known || !(await answer).has(hub)) [asked, answer] = [steady(), tenantsByHub(system)];
    return (await answer).get(hub);
  };
}

async function tenantsByHub(system: Store["system"]): Promise<Map<string, string>> {
  const grants = await system.grants();
  return new Map(
    [...grants.filter(({ role }) => role !== "home").toReversed(), ...grants.filter(({ role }) => role === "home")].map(({ hub, tenant }) => [hub, tenant]),
  );
}
