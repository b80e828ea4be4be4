/** The stages of a request; Server-Timing, metrics and benches use these names. */
export type Stage = "authenticate" | "parse" | "plan" | "permit" | "execute" | "respond";

/** What one stage took. */
export interface Span {
  readonly stage: Stage;
  readonly milliseconds: number;
}

/** Measures the stages of one request. */
export interface Probe {
  /** Ends the running stage, if any, and starts the named one. */
  readonly enter: (stage: Stage) => void;
  /** The stages so far; the running one ends now. */
  readonly stages: () => readonly Span[];
}

/** A Probe that measures by the given clock (milliseconds). */
export function createProbe(clock: () => number = () => performance.now()): Probe {
  const begun: { stage: Stage; from: number }[] = [];
  return {
    enter: (stage) => void begun.push({ stage, from: clock() }),
    stages() {
      const end = clock();
      return begun.map(({ stage, from }, index) => ({ stage, milliseconds: (begun[index + 1]?.from ?? end) - from }));
    },
  };
}

/** The stages as a `Server-Timing` value (W3C Server Timing). */
export function serverTiming(spans: readonly Span[]): string {
  let text = "";
  for (const { stage, milliseconds } of spans) text += `${text === "" ? "" : ", "}${stage};dur=${Math.round(milliseconds * 1000) / 1000}`;
  return text;
}
