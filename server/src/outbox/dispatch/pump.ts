import { Problem } from "../../base/errors.ts";
import { attempt } from "./attempt.ts";
import { endDrain } from "./endDrain.ts";
import { expireDue } from "./expire.ts";
import { followParents } from "./followParents.ts";
import { loadLane, runningKey, type Lane } from "./lane.ts";
import { over, type Queued, type Round } from "./round.ts";
import { tend } from "./tend.ts";

/** Calls of a hub at once, over all its connectors. */
const mostAtOnce = 256;
/** Milliseconds until what failed here is looked at again. */
const [afterFault, afterFaultyRow] = [1_000, 60_000];

/** Begins whatever may begin now; answers the milliseconds until something is due by itself. What goes wrong with one connector holds up no other. */
export async function pump(round: Round): Promise<number> {
  const { onFault } = round.parts;
  const waits = [...round.lanes.values()].map((lane) => laneOf(lane, round));
  const found = await Promise.all(
    waits.map((wait) =>
      wait.catch((error: unknown) => {
        onFault(error);
        return afterFault;
      }),
    ),
  );
  return Math.max(0, Math.min(followParents(round), expireDue(round), ...found));
}

async function laneOf(lane: Lane, round: Round): Promise<number> {
  const { clock } = round.parts.gate;
  if (lane.isStale || lane.nextAt <= clock() || (lane.ready.length === 0 && lane.isMore)) await loadLane(lane, round);
  await endDrain(lane, round);
  const [ready, held] = [lane.ready, [] as Queued[]];
  let wait = Infinity;
  lane.ready = held;
  for (const queued of ready) {
    const pause = round.running.size >= mostAtOnce ? Infinity : isNew(queued) ? pauseOf(lane, round) : 0;
    if (pause === 0) begin(queued, lane, round);
    else held.push(queued);
    if (pause > 0) wait = Math.min(wait, pause);
  }
  // What was begun leaves room in the page for more.
  if (held.length === 0 && lane.isMore) wait = 0;
  return Math.min(wait, lane.nextAt - clock());
}

function isNew({ status }: Queued): boolean {
  return status === "queued" || status === "retrying";
}

/** Milliseconds until a lane may begin another; Infinity while all its places are taken: whoever ends wakes. */
function pauseOf(lane: Lane, { parts }: Round): number {
  if (lane.open >= lane.connector.limits.concurrency) return Infinity;
  return lane.rate.wait(parts.gate.steady());
}

function begin(queued: Queued, lane: Lane, round: Round): void {
  const { running, parts } = round;
  const key = runningKey(queued.id, queued.status);
  if (running.has(key)) return;
  const counts = isNew(queued) ? 1 : 0;
  lane.open += counts;
  if (counts > 0) lane.rate.take(parts.gate.steady());
  parts.figures.running += 1;
  const work = workOn(queued, lane, round)
    .catch((error: unknown) => bury(error, queued, round))
    .finally(() => {
      running.delete(key);
      lane.open -= counts;
      parts.figures.running -= 1;
      over(round);
    });
  running.set(key, work);
}

async function workOn(queued: Queued, lane: Lane, round: Round): Promise<void> {
  if (isNew(queued)) return attempt(queued, lane, round);
  if (queued.status !== "pendingApproval") return tend(queued, lane, round);
  await round.desk.act(queued.id, { name: "dispatch", rule: round.parts.dispatched.rules.lapse, sent: {} });
  lane.isStale = true;
}

/** What cannot be worked on is out of the way of the others: as a dead letter, or, where even that cannot be written, for a while. */
async function bury(error: unknown, { id }: Queued, { parts, faulty, desk }: Round): Promise<void> {
  parts.onFault(error);
  faulty.set(id, parts.gate.steady() + afterFaultyRow);
  if (error instanceof Problem) return;
  await desk
    .act(id, { name: "dispatch", rule: parts.dispatched.rules.bury, sent: { why: "It cannot be worked on: the log of the server says why." } })
    .catch(parts.onFault);
}
