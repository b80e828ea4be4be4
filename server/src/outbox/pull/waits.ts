/** Calls that wait until something comes for their hub. */
export interface Waits {
  /** Resolves when something comes for the hub, after so many milliseconds, or when nobody shall wait any more. Made before one looks, it misses nothing. */
  readonly open: (hub: string) => Wait;
  /** Something came; without a hub: for any of them. */
  readonly wake: (hub?: string) => void;
  /** Nobody waits any more, from now on. */
  readonly stop: () => void;
  readonly isStopped: () => boolean;
}

/** One that waits. */
export interface Wait {
  readonly until: (milliseconds: number) => Promise<void>;
  readonly close: () => void;
}

/** Makes the waits of a process. What waits costs a timer and nothing else. */
export function createWaits(): Waits {
  const hubs = new Map<string, Set<() => void>>();
  let stopped = false;
  const wake = (hub?: string): void => {
    const woken = hub === undefined ? [...hubs.values()] : [hubs.get(hub) ?? []];
    for (const one of woken) for (const ring of one) ring();
  };
  return {
    wake,
    isStopped: () => stopped,
    stop() {
      stopped = true;
      wake();
    },
    open(hub) {
      const inHub = hubs.get(hub) ?? new Set();
      hubs.set(hub, inHub);
      const woken = Promise.withResolvers<void>();
      inHub.add(woken.resolve);
      return {
        async until(milliseconds) {
          const timer = setTimeout(woken.resolve, Math.max(0, stopped ? 0 : milliseconds));
          await woken.promise;
          clearTimeout(timer);
        },
        close() {
          inHub.delete(woken.resolve);
          if (inHub.size === 0 && hubs.get(hub) === inHub) hubs.delete(hub);
        },
      };
    },
  };
}
