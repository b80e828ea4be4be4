import type { Place } from "../../edm/model.ts";
import type { Rechecked } from "../../edm/resource.ts";
import type { Store } from "../../store/store.ts";
import { tenantsOf } from "../tenantsOf.ts";
import { startWorker, type Job, type WorkerSettings } from "../worker.ts";
import { createRecheckOfDoubted, createRecheckOfDue, createRecheckOfWaiting, type RecheckParts } from "./recheckRows.ts";

/** Looks at rows again that the model marks so. */
export interface Rechecker {
  /** To be called with every write: its hub, and the places that were written. */
  readonly wrote: (hub: string, places: readonly Place[]) => void;
  readonly stop: () => Promise<void>;
}

export interface RecheckerParts extends Omit<RecheckParts, "tenantOf" | "store"> {
  readonly store: Store;
  /** All places of the model. */
  readonly places: readonly Place[];
  readonly onFault: WorkerSettings["onFault"] & {};
}

/** Milliseconds for which writes of a hub are gathered: however many there are, this often rows are looked at. */
const gathered = 250;
/** Hubs at once. */
const most = 8;

/** A kind of work, and the places whose writes call for it. */
interface Watch {
  readonly kind: string;
  readonly places: ReadonlySet<string>;
}

/**
 * Starts to look. What is looked at follows from what is stored alone, so a look too many changes nothing, and one that a crash took away is made
 * at the start, when every hub is looked at once.
 */
export function startRechecking({ places, onFault, ...rest }: RecheckerParts): Rechecker {
  const { store } = rest;
  const parts: RecheckParts = { ...rest, tenantOf: tenantsOf(store, rest.gate.steady) };
  const jobs = new Map<string, Job>();
  const watches: Watch[] = [];
  for (const place of places) {
    const { rechecked } = place.definition;
    if (rechecked !== undefined) watches.push(...watchesOf(place, rechecked, jobs, { ...parts, places }));
  }
  const worker = startWorker({ leases: store.leases, jobs, most, attempts: Infinity, onFault });
  const wakes = createWakes(store.leases, onFault);
  const begun = lookEverywhere(store, [...jobs.keys()]).catch((error: unknown) => onFault(error, watches[0]?.kind));
  return {
    wrote(hub, written) {
      for (const watch of watches) if (written.some(({ path }) => watch.places.has(path))) wakes.wake(hub, watch.kind);
    },
    async stop() {
      wakes.stop();
      await begun;
      await worker.stop();
    },
  };
}

function watchesOf(place: Place, rechecked: Rechecked, jobs: Map<string, Job>, parts: RecheckParts & Pick<RecheckerParts, "places">): readonly Watch[] {
  const [waiting, due] = [`recheck ${place.path}`, `recheck due ${place.path}`];
  jobs.set(waiting, createRecheckOfWaiting(place, rechecked, parts));
  jobs.set(due, createRecheckOfDue(place, rechecked, parts));
  const watches = [
    { kind: waiting, places: new Set([place.path, ...rechecked.waiting.places]) },
    { kind: due, places: new Set([place.path]) },
  ];
  const { doubted } = rechecked;
  if (doubted === undefined) return watches;
  const kind = `recheck doubted ${place.path}`;
  const mayAlso = parts.places.find(({ path }) => path === doubted.place)?.definition.permissions.read ?? [];
  jobs.set(kind, createRecheckOfDoubted(place, { ...rechecked, doubted }, { ...parts, mayAlso }));
  return [...watches, { kind, places: new Set([doubted.place]) }];
}

interface Wakes {
  readonly wake: (hub: string, kind: string) => void;
  readonly stop: () => void;
}

/** Puts work down a moment after the first write that calls for it, for all that come meanwhile. */
function createWakes(leases: Store["leases"], onFault: WorkerSettings["onFault"] & {}): Wakes {
  const waiting = new Map<string, NodeJS.Timeout>();
  return {
    wake(hub, kind) {
      const key = `${hub} ${kind}`;
      if (waiting.has(key)) return;
      const put = (): void => {
        waiting.delete(key);
        void leases.put([{ hub, kind, key: "" }]).catch((error: unknown) => onFault(error, kind));
      };
      waiting.set(key, setTimeout(put, gathered).unref());
    },
    stop() {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}

async function lookEverywhere({ system, leases }: Store, kinds: readonly string[]): Promise<void> {
  const hubs = new Set((await system.grants()).map(({ hub }) => hub));
  if (hubs.size > 0 && kinds.length > 0) await leases.put([...hubs].flatMap((hub) => kinds.map((kind) => ({ hub, kind, key: "" }))));
}
