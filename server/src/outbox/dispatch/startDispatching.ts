import type { Place } from "../../edm/model.ts";
import type { Store } from "../../store/store.ts";
import { createPut } from "../createPut.ts";
import { lookEverywhere } from "../lookEverywhere.ts";
import { tenantsOf } from "../tenantsOf.ts";
import { createPokes } from "../notify/pokes.ts";
import { startWorker, type Job, type WorkerSettings } from "../worker.ts";
import { createDispatchFigures, type DispatchFigures } from "./dispatchFigures.ts";
import { createDispatching, dispatchKind, type DispatchParts } from "./dispatchHub.ts";
import { nothingKnown } from "./reload.ts";
import type { RoundParts } from "./round.ts";

/** Carries actions out. */
export interface Dispatcher {
  /** To be called with every write: its hub, and the places that were written. */
  readonly wrote: (hub: string, places: readonly Place[]) => void;
  readonly figures: DispatchFigures;
  /** Begins nothing more; resolves when the calls under way have come to an end, at the latest after a while. */
  readonly stop: () => Promise<void>;
}

type Made = "pokes" | "known" | "stopping" | "figures" | "isShared" | "onFault" | "tenantOf";

export interface DispatcherParts extends Omit<DispatchParts, Made | "store"> {
  readonly store: Store;
  readonly onFault: WorkerSettings["onFault"] & {};
}

/** Hubs at once; and milliseconds for which it is taken as known that a hub has no connectors, where other servers may write some. */
const [most, forgotten] = [256, 2_000];

/** Starts to carry actions out. A hub without connectors costs its writers nothing but a look into memory. */
export function startDispatching({ onFault, ...parts }: DispatcherParts): Dispatcher {
  const { store, gate, dispatched } = parts;
  const [pokes, figures, known, stopping] = [createPokes(), createDispatchFigures(), new Map(), new AbortController()] as const;
  const isShared = store.steady !== undefined;
  const told: RoundParts["onFault"] = (error) => onFault(error, dispatchKind);
  const all: DispatchParts = { ...parts, pokes, figures, known, isShared, stopping: stopping.signal, onFault: told, tenantOf: tenantsOf(store, gate.steady) };
  const without = new Map<string, number>();
  const worker = startWorker({
    leases: store.leases,
    jobs: new Map([[dispatchKind, noting(createDispatching(all), { known: all.known, without, isShared, steady: gate.steady })]]),
    most,
    attempts: 1_000_000,
    onFault,
  });
  const put = createPut(store.leases, { kind: dispatchKind, onFault: told });
  const begun = lookEverywhere(store, dispatchKind).catch(told);
  const switches = new Set([dispatched.connectors, dispatched.control]);
  return {
    figures,
    wrote(hub, places) {
      const turns = places.some(({ path }) => switches.has(path));
      if (!turns && !places.some(({ definition }) => definition.dispatched !== undefined)) return;
      if (turns) {
        without.delete(hub);
        known.set(hub, Object.assign(known.get(hub) ?? nothingKnown(), { isStale: true }));
      }
      if ((without.get(hub) ?? 0) > gate.steady()) return;
      if (!pokes.poke(hub)) put(hub);
    },
    async stop() {
      stopping.abort();
      await begun;
      await worker.stop();
    },
  };
}

interface Noting extends Pick<DispatchParts, "known" | "isShared"> {
  /** Hubs without connectors, and until when that is taken as known. */
  readonly without: Map<string, number>;
  readonly steady: () => number;
}

/** The job, after which it is known whether a hub has connectors at all. */
function noting(job: Job, { known, without, isShared, steady }: Noting): Job {
  return async (lease, lost) => {
    const result = await job(lease, lost);
    const hub = known.get(lease.hub);
    if (result !== "done" || hub === undefined || hub.count > 0 || hub.isStale) without.delete(lease.hub);
    else without.set(lease.hub, isShared ? steady() + forgotten : Infinity);
    return result;
  };
}
