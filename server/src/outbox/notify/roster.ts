import type { Row, Store, Touched } from "../../store/store.ts";
import { isFarAhead } from "./deliver.ts";
import type { Desk, Reading } from "./desk.ts";
import { trackOf, type Track } from "./track.ts";

/** The subscriptions of a hub, and how far its changes were looked at. What was read once is kept: a write costs those that follow its place. */
export interface Roster {
  readonly tracks: Map<string, Track>;
  /** Every change up to this one was looked at; undefined: none was. */
  looked: number | undefined;
}

/** Nothing read yet. */
export function createRoster(): Roster {
  return { tracks: new Map(), looked: undefined };
}

/** What a roster is read with. */
export interface Looking {
  readonly desk: Desk;
  readonly store: Pick<Store, "list" | "entries" | "lastChange" | "touched">;
  /** Places whose rows say who may read what: once they were written, each subscription is looked at. */
  readonly rights: ReadonlySet<string>;
  readonly steady: () => number;
  /** True for one that is being told. */
  readonly isRunning: (id: string) => boolean;
  /** Another server may have told subscribers since: looked for when nobody is being told. */
  readonly isFirst: boolean;
}

/** Finds out what was written since the last look, and wants those to be looked after that it concerns. */
export async function look(roster: Roster, looking: Looking): Promise<void> {
  const { desk, store } = looking;
  const reading = await desk.reading("subscriptions");
  const within = reading.plan.target.place.children.get("deliveries")!;
  while (roster.looked !== undefined) {
    const touched = await store.touched(reading, roster.looked, within);
    if (touched === undefined) break;
    await heed(touched, roster, { ...looking, reading });
    if (!touched.more) return;
  }
  await lookAtAll(roster, { ...looking, reading });
}

interface At extends Looking {
  readonly reading: Reading;
}

async function heed(touched: Touched, roster: Roster, at: At): Promise<void> {
  const { reading, rights, isFirst } = at;
  const isRights = [...rights].some((path) => touched.places.has(path));
  for (const track of roster.tracks.values()) want(track, touched, { ...at, isRights, before: roster.looked! });
  if (isFirst) for (const [id, seq] of touched.containers) heedForeign(roster, id, seq);
  if (touched.places.has(reading.plan.target.place.path)) await heedChanged(touched.upto, roster, at);
  roster.looked = touched.upto;
}

/** One whose place was not written has come as far as the look. */
function want(track: Track, { places, upto }: Touched, at: At & { readonly isRights: boolean; readonly before: number }): void {
  const { standing } = track;
  if (track.isWanted || standing === undefined) return;
  const isWritten = at.isRights || standing.place === undefined || places.has(standing.place);
  if (at.isRunning(track.id)) {
    track.isWanted = isWritten;
    return;
  }
  standing.position = Math.max(standing.position, isWritten ? at.before : upto);
  track.isWanted = isWritten || isFarAhead(standing, at.steady());
}

/** What was told by another server moves where a subscription stands. */
function heedForeign({ tracks }: Roster, id: string, seq: number): void {
  const track = tracks.get(id);
  if (track !== undefined && seq > track.written) tracks.set(id, trackOf(track.row, { ...track, written: seq }));
}

/** Reads the subscriptions that were made, changed or removed since the last look. */
async function heedChanged(upto: number, roster: Roster, { store, reading, isRunning }: At): Promise<void> {
  for (let since = roster.looked!; since < upto;) {
    const found = await store.entries(reading, since);
    if (found === undefined) return;
    for (const { id } of found.entries) heedRow(roster, { id, row: found.rows.get(id), isRunning: isRunning(id) });
    since = found.upto;
  }
}

interface Found {
  readonly id: string;
  /** Undefined for one that is gone. */
  readonly row: Row | undefined;
  readonly isRunning: boolean;
}

function heedRow({ tracks }: Roster, { id, row, isRunning }: Found): void {
  const known = tracks.get(id);
  if (row === undefined) {
    if (known !== undefined) known.isGone = true;
    tracks.delete(id);
  } else if (known === undefined || !isRunning) {
    if (known?.row.seq !== row.seq) tracks.set(id, trackOf(row, known));
  } else if (known.row.seq !== row.seq) {
    // One that is being told is read anew when that is over.
    [known.row, known.isStale] = [row, true];
  }
}

/** Reads all subscriptions, and wants each to be looked after. */
async function lookAtAll(roster: Roster, { desk, store, reading, isRunning }: At): Promise<void> {
  const { tracks } = roster;
  const looked = await store.lastChange(reading);
  const there = new Set<string>();
  for (let after = ""; ;) {
    const { rows, next } = await desk.list(`subscriptions?$orderby=id&$filter=id%20gt%20'${after}'`);
    for (const row of rows) {
      there.add(row.id);
      heedRow(roster, { id: row.id, row, isRunning: isRunning(row.id) });
    }
    if (next === undefined) break;
    after = rows.at(-1)!.id;
  }
  for (const id of tracks.keys()) if (!there.has(id)) heedRow(roster, { id, row: undefined, isRunning: isRunning(id) });
  for (const track of tracks.values()) track.isWanted = true;
  roster.looked = looked;
}
