import { call } from "./call.ts";
import { lifecycleNotification, type LifecycleEvent } from "./notification.ts";
import { longerPause, noPause } from "./pause.ts";
import { note, outcomeOf } from "./record.ts";
import type { Under } from "./under.ts";

/** Tells the lifecycle endpoint what it does not know yet (R157), and again later what it does not take; who has none learns it from the log of deliveries. */
export async function tellEvents(under: Under): Promise<void> {
  const { standing, parts } = under;
  const { events, watcher } = standing;
  if (watcher.lifecycleUrl === undefined) events.clear();
  for (const event of events.keys()) {
    if (standing.lifecycle.notBefore > parts.gate.steady()) return;
    if (await tellEvent(event, watcher.lifecycleUrl!, under)) standing.lifecycle = noPause;
    else standing.lifecycle = longerPause(standing.lifecycle, parts.gate.steady());
  }
}

async function tellEvent(lifecycleEvent: LifecycleEvent, url: string, under: Under): Promise<boolean> {
  const { standing, parts } = under;
  const { watcher, events } = standing;
  const called = await call(url, JSON.stringify({ value: [lifecycleNotification(lifecycleEvent, watcher)] }), parts.egress);
  if (!called.isTaken) return false;
  const fromSequence = events.get(lifecycleEvent);
  events.delete(lifecycleEvent);
  const about = { detail: watcher.expires, ...(fromSequence !== undefined && { fromSequence }) };
  await note({ outcome: "lifecycle", lifecycleEvent, ...outcomeOf(called), ...about }, under);
  return true;
}
