/** The stages of a request; Server-Timing, metrics and benches use these names. */
export type Stage = "authenticate" | "parse" | "plan" | "permit" | "execute" | "respond";

/** Measures stages; one per request, or the silent one. */
export interface Probe {
  /** Ends the running stage, if any, and starts the named one. */
  readonly enter: (stage: Stage) => void;
  /** Milliseconds of each stage so far, as a `Server-Timing` value (W3C Server Timing). */
  readonly serverTiming: () => string;
}

/** A Probe that measures by the given clock (milliseconds). */
export function createProbe(clock: () => number = () => performance.now()): Probe {
  const spans: { stage: Stage; from: number }[] = [];
  return {
    enter: (stage) => void spans.push({ stage, from: clock() }),
    serverTiming() {
      const end = clock();
      return spans
        .map(({ stage, from }, index) => `${stage};dur=${((spans[index + 1]?.from ?? end) - from).toFixed(3)}`)
        .join(", ");
    },
  };
}
