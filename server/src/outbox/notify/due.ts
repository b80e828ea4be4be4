import type { Gate } from "../../auth/permit.ts";
import { soonEnding } from "./carryOn.ts";
import type { Track } from "./track.ts";

/** Milliseconds until a subscription has to be looked after, 0 when it has; Infinity: not by itself. */
export function dueIn(track: Track, { steady, clock }: Pick<Gate, "steady" | "clock">): number {
  const { fault, endpoint, standing, isWanted } = track;
  const now = steady();
  if (fault.notBefore > now) return fault.notBefore - now;
  if (standing === undefined) return 0;
  const { endsAt, events, lifecycle, reminded, watcher, unnoted } = standing;
  const isRemoved = events.has("subscriptionRemoved");
  const untilTold = events.size > 0 ? Math.max(0, lifecycle.notBefore - now) : Infinity;
  const untilCalled = unnoted !== undefined ? 0 : isWanted && !isRemoved ? Math.max(0, endpoint.notBefore - now) : Infinity;
  const left = endsAt - clock();
  const untilEnd = Math.max(0, reminded === watcher.expires ? left : left - soonEnding);
  return Math.min(untilTold, untilCalled, untilEnd);
}
