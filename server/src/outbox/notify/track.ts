import { textOf, type JsonObject } from "../../base/json.ts";
import { watcherState } from "../../edm/watcherState.ts";
import type { Row } from "../../store/store.ts";
import { entityOf, type Desk } from "./desk.ts";
import type { LifecycleEvent } from "./notification.ts";
import { noPause, type Pause } from "./pause.ts";
import { watcherOf, type Watcher } from "./watcher.ts";

/** A subscription, as this process knows it. */
export interface Track {
  readonly id: string;
  /** Its row as it was read last. */
  row: Row;
  /** The last change that came of its deliveries, as far as this process wrote them. */
  written: number;
  /** True when there may be something to tell. */
  isWanted: boolean;
  /** True once it was changed while it was told: where it stands has to be read anew. */
  isStale: boolean;
  /** True once it was removed while it was told. */
  isGone: boolean;
  /** What its endpoint does not take. */
  endpoint: Pause;
  /** What goes wrong here. */
  fault: Pause;
  /** Undefined until it is read. */
  standing: Standing | undefined;
}

/** What is in a subscription's row, and how far it has come. */
export interface Standing {
  readonly watcher: Watcher;
  /** The moment of its end, in milliseconds since 1970. */
  readonly endsAt: number;
  /** The path of the place that it follows; undefined until that is known. */
  place: string | undefined;
  /** The last change that was told, or that need not be. */
  position: number;
  /** The position that is on disk, and since when, by the steady clock. */
  kept: number;
  keptAt: number;
  /** The last call took long. */
  isSlow: boolean;
  /** What was told and is not noted yet. */
  unnoted: JsonObject | undefined;
  /** Events that the lifecycle endpoint does not know yet, with the first change that they are about, and when to tell them. */
  readonly events: Map<LifecycleEvent, number | undefined>;
  lifecycle: Pause;
  /** It was told that this end comes near. */
  reminded: string;
}

/** A subscription of which nothing is known yet but its row. */
export function trackOf(row: Row, before?: Track): Track {
  const { endpoint = noPause, fault = noPause, written = 0 } = before ?? {};
  return { id: row.id, row, written, isWanted: true, isStale: false, isGone: false, endpoint, fault: { ...fault, notBefore: 0 }, standing: undefined };
}

/** Deliveries that tell what its endpoint was like. */
const looked = 20;

/**
 * Reads where a subscription stands: behind the greatest change that a delivery covers, of those that were made since it was asked to tell anew; so what
 * is noted late, by a server that lost its lease or before a replay, moves nothing back and skips nothing.
 */
export async function readStanding(track: Track, desk: Desk, now: number): Promise<Standing> {
  const entity = entityOf(track.row);
  const watcher = watcherOf(entity, entity[watcherState]);
  const below = `subscriptions/${encodeURIComponent(watcher.id)}/deliveries`;
  const deliveries = await read(desk, `${below}?$top=${looked}`);
  const last = deliveries.length === 0 ? undefined : await lastOf(watcher, below, desk);
  const position = Math.max(watcher.position, Number(last?.["throughSequence"] ?? 0));
  const reminder = deliveries.find(({ lifecycleEvent }) => lifecycleEvent === "reauthorizationRequired");
  const missed = watcher.lifecycleUrl === undefined ? undefined : await missedFrom(deliveries, below, desk);
  const isFailing = deliveries.find(({ outcome }) => outcome !== "lifecycle")?.["outcome"] === "failing";
  track.endpoint = isFailing ? { ...track.endpoint, failures: Math.max(1, track.endpoint.failures) } : noPause;
  return {
    watcher,
    endsAt: Date.parse(watcher.expires),
    place: undefined,
    position,
    kept: position,
    keptAt: last === undefined ? now : Date.parse(textOf(last["createdDateTime"])),
    isSlow: false,
    unnoted: undefined,
    events: new Map(missed === undefined ? [] : [["missed", missed]]),
    lifecycle: noPause,
    reminded: textOf(reminder?.["detail"]),
  };
}

async function read(desk: Desk, path: string): Promise<JsonObject[]> {
  return (await desk.list(path)).rows.map(entityOf);
}

const farthest = "$orderby=throughSequence%20desc&$top=1";

async function lastOf({ replays }: Watcher, below: string, desk: Desk): Promise<JsonObject | undefined> {
  const [last] = await read(desk, `${below}?${farthest}`);
  if (last === undefined || Number(last["replays"] ?? 0) === replays) return last;
  const [ofThis] = await read(desk, `${below}?$filter=replays%20eq%20${replays === 0 ? "null" : replays}&${farthest}`);
  return ofThis;
}

/** The first change that was dropped and of which `missed` was not told yet. */
async function missedFrom(newest: readonly JsonObject[], below: string, desk: Desk): Promise<number | undefined> {
  const [dropped] =
    newest.length < looked ? newest.filter(({ outcome }) => outcome === "dropped") : await read(desk, `${below}?$filter=outcome%20eq%20'dropped'&$top=1`);
  if (dropped === undefined) return undefined;
  const from = Number(dropped["fromSequence"] ?? 0);
  const told = await read(desk, `${below}?$filter=outcome%20eq%20'lifecycle'%20and%20lifecycleEvent%20eq%20'missed'&$top=1`);
  return told.some(({ fromSequence }) => Number(fromSequence ?? 0) >= from) ? undefined : from;
}
