/** Work that waits to be written. */
export interface WriteQueue<J> {
  readonly add: (job: J) => void;
  /** Adds work that is to run alone and takes its time; must not reject. */
  readonly addSolo: (solo: () => Promise<void>) => void;
  /** What waits, and the solo that runs. */
  readonly size: () => number;
}

const largestGroup = 256;

/** Hands work out in the order in which it came: jobs in groups, once the event loop has taken in what had arrived; solos one by one, each awaited. */
export function createWriteQueue<J>(flush: (group: readonly J[]) => void): WriteQueue<J> {
  let waiting: ({ readonly job: J } | { readonly solo: () => Promise<void> })[] = [];
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    setImmediate(handOut);
  };
  function handOut(): void {
    const [first] = waiting;
    if (first !== undefined && "solo" in first) {
      // What waits stays unscheduled until this is done.
      void first.solo().finally(() => {
        waiting.shift();
        scheduled = false;
        schedule();
      });
      return;
    }
    scheduled = false;
    const end = waiting.findIndex((one) => "solo" in one);
    const group = waiting.slice(0, Math.min(largestGroup, end < 0 ? waiting.length : end));
    waiting = waiting.slice(group.length);
    schedule();
    flush(group.flatMap((one) => ("job" in one ? [one.job] : [])));
  }
  return {
    add(job) {
      waiting.push({ job });
      schedule();
    },
    addSolo(solo) {
      waiting.push({ solo });
      schedule();
    },
    size: () => waiting.length,
  };
}
