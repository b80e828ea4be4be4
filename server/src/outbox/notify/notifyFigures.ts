import { addTo, createHistogram, type Histogram } from "../../base/histogram.ts";
import type { Called } from "./call.ts";

/** What was told since the start. */
export interface NotifyCounts {
  /** Notifications that endpoints took, that have to be sent again, and that were given up. */
  readonly notifications: Readonly<Record<"delivered" | "failed" | "dropped", number>>;
  /** Milliseconds from a change until it was told, or the first change of those that were told together. */
  readonly delays: Histogram;
}

/** Counts them. */
export interface NotifyFigures {
  readonly called: (called: Pick<Called, "isTaken">, notifications: number) => void;
  readonly dropped: (notifications: number) => void;
  readonly delayed: (milliseconds: number) => void;
  readonly counts: NotifyCounts;
}

const bounds = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 15_000, 60_000, 600_000, 3_600_000, 14_400_000];

/** Nothing told yet. */
export function createNotifyFigures(): NotifyFigures {
  const notifications = { delivered: 0, failed: 0, dropped: 0 };
  const delays = createHistogram(bounds);
  return {
    counts: { notifications, delays },
    called: ({ isTaken }, count) => void (notifications[isTaken ? "delivered" : "failed"] += count),
    dropped: (count) => void (notifications.dropped += count),
    delayed: (milliseconds) => addTo(delays, Math.max(0, milliseconds)),
  };
}
