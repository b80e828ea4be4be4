/**
 * What a reading thread has computed. Nobody can ask a thread that is busy in SQLite, so it is reckoned: the CPU of this process
 * but for that of this thread, shared by the readers that are at work.
 */
export interface ComputingClock {
  /** Milliseconds of computing since the last look, or the beginning; `sharers`: readers at work. */
  readonly look: (sharers: number) => number;
}

/** Starts one. */
export function startComputingClock(): ComputingClock {
  let last = others();
  return {
    look(sharers) {
      const now = others();
      const spent = (now - last) / Math.max(1, sharers);
      last = now;
      return spent;
    },
  };
}

/** Milliseconds of CPU of all threads but this one. */
function others(): number {
  const [all, own] = [process.cpuUsage(), process.threadCpuUsage()];
  return (all.user + all.system - own.user - own.system) / 1000;
}
