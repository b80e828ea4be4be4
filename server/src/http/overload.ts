import { createCrowd } from "./crowd.ts";
import type { Crowd } from "./crowd.ts";
import { createLedger } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import type { ServerLimits } from "./serverLimits.ts";
import { createWorkQueue } from "./workQueue.ts";
import type { WorkQueue } from "./workQueue.ts";

/** What all listeners of a server share in order not to take on more than they can. */
export interface Overload {
  readonly queue: WorkQueue;
  readonly crowd: Crowd;
  /** Request bodies in memory. */
  readonly bodies: Ledger;
  /** Answers that clients have not taken yet. */
  readonly unsent: Ledger;
}

/** How much of it is taken. */
export interface Load {
  readonly connections: number;
  readonly running: number;
  readonly waiting: number;
  readonly bodyBytes: number;
  readonly unsentBytes: number;
}

/** The load at this moment. */
export function loadOf({ queue, crowd, bodies, unsent }: Overload): Load {
  return { ...queue.load(), connections: crowd.size(), bodyBytes: bodies.total(), unsentBytes: unsent.total() };
}

/** Makes the counts, all at zero. */
export function createOverload(limits: ServerLimits): Overload {
  return {
    queue: createWorkQueue(limits),
    crowd: createCrowd(limits.connections),
    bodies: createLedger(limits.bufferBytes),
    unsent: createLedger(limits.bufferBytes),
  };
}
