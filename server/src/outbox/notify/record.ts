import type { JsonObject } from "../../base/json.ts";
import type { Called } from "./call.ts";
import type { Under } from "./under.ts";

type Facts = Readonly<Record<string, string | number>>;

/** Adds to a subscription's log of deliveries. */
export async function note(delivery: JsonObject, { track, standing, desk }: Pick<Under, "track" | "standing" | "desk">): Promise<void> {
  const { replays } = standing.watcher;
  const path = `subscriptions/${encodeURIComponent(track.id)}/deliveries`;
  track.written = (await desk.send("POST", path, replays === 0 ? delivery : { ...delivery, replays })) ?? track.written;
}

/** What the log says of a call. */
export function outcomeOf({ statusCode, detail, milliseconds }: Called): Facts {
  return { durationMilliseconds: milliseconds, ...(statusCode !== undefined && { statusCode }), ...(detail !== undefined && { detail }) };
}
