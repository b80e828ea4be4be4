/** Looks after something whenever it is told to, and when the time has come. */
export interface Alarm {
  /** Looks now, or once more after the look that is under way. */
  readonly ring: () => void;
  /** No look begins any more; resolves when the one under way has ended. */
  readonly stop: () => Promise<void>;
}

/** Makes an alarm. `look` runs once at a time and answers in how many milliseconds it wants to run again; Infinity for not by itself. It must not reject. */
export function createAlarm(look: () => Promise<number>): Alarm {
  const stopping = new AbortController();
  let [timer, isRung]: [NodeJS.Timeout | undefined, boolean] = [undefined, false];
  let looking: Promise<void> | undefined;

  async function lookOn(): Promise<void> {
    // The caller has its answer first.
    await Promise.resolve();
    let wait = 0;
    while (!stopping.signal.aborted && (isRung || wait === 0)) {
      isRung = false;
      wait = await look();
    }
    looking = undefined;
    if (!stopping.signal.aborted && wait < Infinity) timer = setTimeout(ring, wait).unref();
  }

  function ring(): void {
    isRung = true;
    if (stopping.signal.aborted || looking !== undefined) return;
    clearTimeout(timer);
    looking = lookOn();
  }

  return {
    ring,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await looking;
    },
  };
}
