import type { Place } from "../../edm/model.ts";
import type { Store } from "../../store/store.ts";
import { createPut } from "../createPut.ts";
import { lookEverywhere } from "../lookEverywhere.ts";
import { tenantsOf } from "../tenantsOf.ts";
import { startWorker, type Job, type WorkerSettings } from "../worker.ts";
import { createNotifyFigures, type NotifyCounts } from "./notifyFigures.ts";
import { createNotifying, notifyKind, type NotifyParts } from "./notifyHub.ts";
import { createPokes } from "./pokes.ts";
import type { Roster } from "./roster.ts";

/** Tells subscribers of what is written. */
export interface Notifier {
  /** To be called with every write: its hub, and the places that were written. */
  readonly wrote: (hub: string, places: readonly Place[]) => void;
  readonly figures: () => NotifierFigures;
  readonly stop: () => Promise<void>;
}

export interface NotifierFigures extends NotifyCounts {
  /** Subscriptions that this process looks after: told well, those whose endpoints fail, and those that something is wrong with here. */
  readonly subscriptions: Readonly<Record<"healthy" | "failing" | "faulty", number>>;
}

export interface NotifierParts extends Omit<NotifyParts, "pokes" | "tenantOf" | "store" | "isShared" | "rights" | "figures" | "onFault"> {
  readonly store: Store;
  /** All places of the model. */
  readonly places: readonly Place[];
  readonly onFault: WorkerSettings["onFault"] & {};
}

/** Hubs at once; milliseconds between two tries of one that cannot be worked on, and after which another server takes over from one that is silent. */
const [most, slowest, life] = [256, 60_000, 10_000];

/** Starts to tell. A write that no subscription of its hub follows costs nothing but a look into memory. */
export function startNotifying({ onFault, places, ...parts }: NotifierParts): Notifier {
  const { store, gate } = parts;
  const [isShared, pokes, figures] = [store.steady !== undefined, createPokes(), createNotifyFigures()];
  // Who manages a hub reads in it.
  const rights = new Set(places.filter(({ definition }) => definition.managers === true).map(({ path }) => path));
  const tenantOf = tenantsOf(store, gate.steady);
  const { job, rosters } = createNotifying({ ...parts, onFault, pokes, tenantOf, isShared, rights, figures });
  const interests = createInterests({ rosters, rights, isShared, steady: gate.steady });
  const worker = startWorker({ leases: store.leases, jobs: new Map([[notifyKind, interests.around(job)]]), most, attempts: Infinity, slowest, life, onFault });
  const put = createPut(store.leases, { kind: notifyKind, onFault: (error) => onFault(error, notifyKind) });
  const begun = lookEverywhere(store, notifyKind).catch((error: unknown) => onFault(error, notifyKind));
  return {
    wrote(hub, written) {
      if (interests.has(hub, written) && !pokes.poke(hub)) put(hub);
    },
    figures: () => ({ ...figures.counts, subscriptions: countsOf(rosters) }),
    async stop() {
      await begun;
      await worker.stop();
    },
  };
}

/** Which writes of a hub may concern a subscription of it. */
interface Interests {
  readonly has: (hub: string, written: readonly Place[]) => boolean;
  /** Notes, when a hub was looked at, what its subscriptions follow. */
  readonly around: (job: Job) => Job;
}

interface InterestParts extends Pick<NotifyParts, "isShared" | "rights"> {
  readonly rosters: ReadonlyMap<string, Roster>;
  readonly steady: () => number;
}

/** Hubs of other servers may get subscriptions that this one does not hear of: it asks again after so many milliseconds. */
const forgotten = 2_000;

function createInterests({ rosters, rights, isShared, steady }: InterestParts): Interests {
  const known = new Map<string, { readonly followed: ReadonlySet<string>; readonly until: number }>();
  /** Hubs whose subscriptions were written since they were looked at. */
  const changed = new Set<string>();
  return {
    has(hub, written) {
      if (written.some(({ definition, path }) => definition.subscribers === true || rights.has(path))) {
        changed.add(hub);
        known.delete(hub);
        return true;
      }
      const interest = known.get(hub);
      return interest === undefined || interest.until <= steady() || written.some(({ path }) => interest.followed.has(path));
    },
    around: (job) => async (lease, lost) => {
      const { hub } = lease;
      changed.delete(hub);
      known.delete(hub);
      const result = await job(lease, lost);
      const followed = followedIn(rosters.get(hub));
      if (followed !== undefined && !changed.has(hub)) known.set(hub, { followed, until: isShared ? steady() + forgotten : Infinity });
      return result;
    },
  };
}

/** Undefined where it is not known of all of them. */
function followedIn(roster: Roster | undefined): ReadonlySet<string> | undefined {
  const places = [...(roster?.tracks.values() ?? [])].map(({ standing }) => standing?.place);
  return places.includes(undefined) ? undefined : new Set(places as string[]);
}

function countsOf(rosters: ReadonlyMap<string, Roster>): NotifierFigures["subscriptions"] {
  const counts = { healthy: 0, failing: 0, faulty: 0 };
  for (const { tracks } of rosters.values()) {
    for (const { endpoint, fault } of tracks.values()) counts[fault.failures > 0 ? "faulty" : endpoint.failures > 0 ? "failing" : "healthy"] += 1;
  }
  return counts;
}
