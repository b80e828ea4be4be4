import { addTo, createHistogram, type GrowingHistogram } from "../../base/histogram.ts";

/** What a process counts of its dispatching. */
export interface DispatchFigures {
  /** Attempts by what came of them. */
  readonly attempts: Map<string, number>;
  /** Seconds from when an action was due until its connector was called. */
  readonly latency: GrowingHistogram;
  /** Seconds of calls, by the kind of connector. */
  readonly calls: Map<string, GrowingHistogram>;
  /** Actions in the hubs that this process looked after last, by state; kept by hub. */
  readonly hubs: Map<string, Readonly<Record<ActionState, number>>>;
  running: number;
}

export type ActionState = "waiting" | "deadLettered";

const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** Makes the figures of a process. */
export function createDispatchFigures(): DispatchFigures {
  return { attempts: new Map(), latency: createHistogram(bounds), calls: new Map(), hubs: new Map(), running: 0 };
}

/** Counts an attempt that has come to something. */
export function countAttempt(figures: DispatchFigures, outcome: string): void {
  figures.attempts.set(outcome, (figures.attempts.get(outcome) ?? 0) + 1);
}

/** Notes how long a call took. */
export function countCall({ calls }: DispatchFigures, kind: string, seconds: number): void {
  const known = calls.get(kind) ?? createHistogram(bounds);
  calls.set(kind, known);
  addTo(known, seconds);
}
