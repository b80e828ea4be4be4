import type { StoreEvents } from "../store.ts";
import type { Connections } from "./connections.ts";
import type { Failure } from "./failure.ts";

/** Whether the database takes writes, as seen by what was asked of it. */
export interface Health {
  readonly failed: (failure: Failure, error: unknown) => void;
  /** Asks again and again while something is wrong. */
  readonly watch: (connections: Connections) => void;
  readonly ready: () => boolean;
  readonly counts: { readonly failures: number; readonly stopped: Readonly<Record<"time" | "memory" | "fault", number>> };
  readonly close: () => Promise<void>;
}

const probeEvery = 1000;
/** Failures that concern everybody. */
const ofAll: ReadonlySet<Failure> = new Set(["unreachable", "full", "readonly"]);

export function createHealth(events: StoreEvents): Health {
  const counts = { failures: 0, stopped: { time: 0, memory: 0, fault: 0 } };
  let failing: Failure | undefined;
  let since = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let probing: Promise<void> = Promise.resolve();

  function failed(failure: Failure, error: unknown): void {
    if (failure === "time" || failure === "memory") {
      counts.stopped[failure] += 1;
      events.queryStopped?.(failure);
    }
    if (!ofAll.has(failure)) return;
    counts.failures += 1;
    if (failing === undefined) since = performance.now();
    if (failing !== failure) events.writesFailed?.(failure, error);
    failing = failure;
  }

  async function probe(connections: Connections): Promise<void> {
    try {
      await connections.run({ kind: "system" }, [{ sql: probeText, values: [String(Date.now())] }]);
      if (failing !== undefined) events.writesResumed?.(performance.now() - since);
      failing = undefined;
    } catch {
      // It was counted; the next probe asks again.
    }
  }

  return {
    failed,
    watch(connections) {
      timer = setInterval(() => void (failing !== undefined && (probing = probing.then(() => probe(connections)))), probeEvery).unref();
    },
    ready: () => !closed && failing === undefined,
    counts,
    async close() {
      closed = true;
      clearInterval(timer);
      await probing;
    },
  };
}

const probeText = `INSERT INTO "system_values" ("name", "value") VALUES ('probe', $1) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`;
