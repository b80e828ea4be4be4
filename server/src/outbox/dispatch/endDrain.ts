import { stateOf, type Lane } from "./lane.ts";
import type { Switch } from "./connector.ts";
import type { Round } from "./round.ts";

/** A connector that is drained is paused once nothing of what was queued before is left, or after too long; so is a hub, once that is so of all its connectors. */
export async function endDrain(lane: Lane, round: Round): Promise<void> {
  const { control, lanes, parts, desk } = round;
  if (stateOf(lane.connector.switch, control) !== "draining") return;
  const isOver = isEmpty(lane) || isTooLong(lane.connector.switch, round) || isTooLong(control, round);
  if (!isOver) return;
  const { connectors, control: place } = parts.dispatched;
  if (lane.connector.switch.state === "draining") {
    const reason = isEmpty(lane) ? "Drained." : "It took too long to drain.";
    await desk.post(`${below(connectors)}/${encodeURIComponent(lane.connector.id)}/pause`, { reason });
  } else if (isTooLong(control, round) || [...lanes.values()].every(isEmpty)) {
    await desk.post(`${below(place)}/pause`, { reason: isEmpty(lane) ? "Drained." : "It took too long to drain." });
  }
}

/** What was read of it last was nothing, and nothing of it is under way. */
function isEmpty({ isStale, ready, nextAt, open, isMore }: Lane): boolean {
  return !isStale && ready.length === 0 && nextAt === Infinity && open === 0 && !isMore;
}

function isTooLong({ state, since }: Switch, { parts }: Round): boolean {
  return state === "draining" && parts.gate.clock() - Date.parse(since) >= parts.longestDrain;
}

/** Places lie in the hub, whose segment the path of the desk has already. */
export function below(path: string): string {
  return path.replace(/^security\//, "");
}
