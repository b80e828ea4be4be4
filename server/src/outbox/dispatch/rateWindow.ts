/** So many dispatches in any minute. */
export interface RateWindow {
  /** Milliseconds until another may begin; 0: now. */
  readonly wait: (now: number) => number;
  /** One begins. */
  readonly take: (now: number) => void;
  /** The last one that was taken did not begin after all. */
  readonly giveBack: () => void;
  /** Others that are known to have begun, by how long ago. */
  readonly remember: (now: number, ages: readonly number[]) => void;
}

const minute = 60_000;

/** A bucket of so many tokens, each of which comes back a minute after it was taken: in no minute are there more, also not after a pause. Times are of the steady clock. */
export function createRateWindow(perMinute: () => number | undefined): RateWindow {
  /** When tokens were taken, oldest first. */
  let taken: number[] = [];
  return {
    wait(now) {
      const most = perMinute();
      taken = taken.filter((at) => at > now - minute);
      if (most === undefined || taken.length < most) return 0;
      return Math.max(1, Math.ceil(taken[taken.length - most]! + minute - now));
    },
    take: (now) => void taken.push(now),
    giveBack: () => void taken.pop(),
    remember(now, ages) {
      const seen = ages.map((age) => now - age).filter((at) => at > now - minute);
      // What this process began itself is among them.
      if (seen.length > taken.length) taken = seen.toSorted((one, other) => one - other);
    },
  };
}
