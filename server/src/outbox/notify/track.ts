import { textOf } from "../../base/json.ts";
import { watcherState } from "../../edm/watcherState.ts";
import type { Row } from "../../store/store.ts";
import { entityOf, type Desk } from "./desk.ts";
import type { LifecycleEvent } from "./notification.ts";
import { watcherOf, type Watcher } from "./watcher.ts";

/** How far a subscription has come, and what goes wrong with it. */
export interface Track {
  readonly watcher: Watcher;
  /** True when there may be something to tell. */
  isWanted: boolean;
  /** True once the subscription was changed while it was being told: where it stands has to be read anew. */
  isStale: boolean;
  /** The last change that was told, or that need not be. */
  position: number;
  /** The position that is on disk, and since when, by the steady clock. */
  kept: number;
  keptAt: number;
  /** Calls that failed since the last that did not. */
  failures: number;
  /** When to try again, by the steady clock. */
  notBefore: number;
  /** Events that the lifecycle endpoint does not know yet. */
  readonly events: Set<LifecycleEvent>;
  /** It was told that this end comes near. */
  reminded: string;
}

/** Deliveries that tell where a subscription stands. */
const looked = 20;

/** Reads where a subscription stands: behind the last delivery that says so, else where it began. */
export async function trackOf(row: Row, desk: Desk): Promise<Track> {
  const entity = entityOf(row);
  const watcher = watcherOf(entity, row.seq, entity[watcherState]);
  const { rows } = await desk.list(`subscriptions/${encodeURIComponent(watcher.id)}/deliveries?$top=${looked}`);
  const deliveries = rows.map(entityOf);
  const last = deliveries.find(({ throughSequence }) => typeof throughSequence === "number");
  const position = Number(last?.["throughSequence"] ?? watcher.position);
  const told = deliveries.find(({ outcome }) => outcome === "dropped" || outcome === "lifecycle");
  const reminder = deliveries.find(({ lifecycleEvent }) => lifecycleEvent === "reauthorizationRequired");
  return {
    watcher,
    isWanted: true,
    isStale: false,
    position,
    kept: position,
    keptAt: last === undefined ? 0 : Date.parse(textOf(last["createdDateTime"])),
    failures: deliveries[0]?.["outcome"] === "failing" ? 1 : 0,
    notBefore: 0,
    events: new Set(told?.["outcome"] === "dropped" ? ["missed"] : []),
    reminded: textOf(reminder?.["detail"]),
  };
}
