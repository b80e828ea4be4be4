import { Problem } from "../../base/errors.ts";
import { deliver, noteTold } from "./deliver.ts";
import { followed, type Followed } from "./followed.ts";
import { tellEvents } from "./tellEvents.ts";
import { readStanding } from "./track.ts";
import type { Under } from "./under.ts";

const minute = 60_000;

/** Milliseconds before its end when a subscriber is reminded (R157). */
export const soonEnding = 15 * minute;

/** Tries to tell a subscriber that its subscription is removed, before it is. */
const removals = 8;

/** Looks after one subscription: reads where it stands, removes it when it has ended, reminds of an end that is near, and delivers. */
export async function carryOn(begun: Omit<Under, "standing">): Promise<void> {
  const { track, desk, parts } = begun;
  const standing = (track.standing ??= await readStanding(track, desk, parts.gate.steady()));
  const under: Under = { ...begun, standing };
  await noteTold(under);
  const left = standing.endsAt - parts.gate.clock();
  if (left <= 0) return end(under);
  if (left < soonEnding && standing.reminded !== standing.watcher.expires) {
    standing.reminded = standing.watcher.expires;
    standing.events.set("reauthorizationRequired", undefined);
  }
  if (!standing.events.has("subscriptionRemoved")) await tellEvents(under);
  const following = await readable(under);
  if (following === undefined) return;
  standing.events.delete("subscriptionRemoved");
  standing.place = following.permitted.plan.target.place.path;
  if (track.endpoint.notBefore > parts.gate.steady()) track.isWanted = true;
  else await deliver(following, under);
}

/** A subscriber who may not read the resource any more is removed: undefined then. */
async function readable(under: Under): Promise<Followed | undefined> {
  const { standing, parts } = under;
  const { watcher } = standing;
  try {
    return await followed(watcher.resource, watcher.caller, parts);
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    await remove(under);
    return undefined;
  }
}

async function remove(under: Under): Promise<void> {
  const { track, standing, parts } = under;
  const { events } = standing;
  if (!events.has("subscriptionRemoved")) {
    parts.onTrouble?.("removed", { subscription: track.id });
    events.set("subscriptionRemoved", undefined);
  }
  await tellEvents(under);
  if (events.has("subscriptionRemoved") && standing.lifecycle.failures < removals) track.isWanted = true;
  else await end(under);
}

async function end({ track, desk }: Under): Promise<void> {
  await desk.send("DELETE", `subscriptions/${encodeURIComponent(track.id)}`);
}
