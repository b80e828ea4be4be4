import { addTo, createHistogram } from "../base/histogram.ts";
import type { GrowingHistogram, Histogram } from "../base/histogram.ts";
import type { Purpose } from "./call.ts";

/** What was called, and what came of it. */
export interface CallFigures {
  /** How often each outcome came: `2xx` to `5xx`, or a reason of the table of faults. */
  readonly outcomes: ReadonlyMap<Purpose, ReadonlyMap<string, number>>;
  /** Milliseconds, waiting for a turn included. */
  readonly durations: ReadonlyMap<Purpose, Histogram>;
}

const bounds = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

/** Counters of calls: plain numbers. */
export function createCallFigures(): { readonly add: (purpose: Purpose, outcome: string, milliseconds: number) => void; readonly figures: CallFigures } {
  const outcomes = new Map<Purpose, Map<string, number>>();
  const durations = new Map<Purpose, GrowingHistogram>();
  return {
    figures: { outcomes, durations },
    add(purpose, outcome, milliseconds) {
      let counts = outcomes.get(purpose);
      if (counts === undefined) {
        outcomes.set(purpose, (counts = new Map()));
        durations.set(purpose, createHistogram(bounds));
      }
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      addTo(durations.get(purpose)!, milliseconds);
    },
  };
}
