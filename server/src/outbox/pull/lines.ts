import { isObject, textOf, type JsonObject } from "../../base/json.ts";
import type { Place } from "../../edm/model.ts";
import type { RowWrite } from "../../store/store.ts";
import { connectorOf, switchOf, type Connector } from "../dispatch/connector.ts";
import { below } from "../dispatch/endDrain.ts";
import { stateOf } from "../dispatch/lane.ts";
import { createLine, type Asked, type Line, type LineParts, type Member } from "./line.ts";
import { createWindows, leaseWork, type LeaseParts } from "./leaseWork.ts";
import { createWaitingRoom, type WaitLimits } from "./waitingRoom.ts";

/** The lines of a process: one before each connector that somebody waits for. */
export interface Lines {
  /** What somebody gets who comes for the work of a connector; see `Line`. Throws 429 where too many wait. */
  readonly stand: (asked: Asked) => Promise<readonly JsonObject[]>;
  /** To be called with every write: wakes those alone for whom something may have come. */
  readonly wrote: (hub: string, places: readonly Place[], rows: readonly RowWrite[]) => void;
  /** Another server wrote in these hubs; undefined: in any. */
  readonly heard: (hubs: readonly string[] | undefined) => void;
  /** Who waits goes away empty-handed, from now on. */
  readonly stop: () => void;
  /** Calls that wait. */
  readonly waiting: () => number;
}

export interface LinesParts extends Pick<LeaseParts, "gate" | "rule"> {
  /** The place whose rows are leased. */
  readonly place: Place;
  readonly limits: WaitLimits;
  /** Tells other servers that something came in a hub; absent where there are none. */
  readonly tellOthers?: ((hub: string) => void) | undefined;
}

/** A line, and what is known of its connector. */
interface Known {
  readonly line: Line;
  connector: Connector | undefined;
  /** Whether what waits may begin: neither the connector nor the hub is paused or stopped. */
  isOpen: boolean;
  /** Connector or switch were written: to be read anew. */
  isStale: boolean;
  /** Something is due and waits for a place. */
  isFull: boolean;
}

/** Milliseconds between two looks of a line where others write too: that they wrote can get lost on its way. */
const glance = 30_000;

/** What is known of the lines of a hub, by connector. */
type InHub = Map<string, Known>;

/** Makes the lines of a process, none of them yet. */
export function createLines(parts: LinesParts): Lines {
  const { place, gate } = parts;
  const { connectors, control } = place.definition.dispatched!;
  const hubs = new Map<string, InHub>();
  const room = createWaitingRoom(parts.limits, gate.steady);
  const looking: LookParts = { ...parts, windows: createWindows(), controlPath: below(control), connectorPath: below(connectors) };
  const admit: LineParts["admit"] = ({ hub, visitor: { tenant, appId }, wait }) => room.enter({ hub, tenant, appId, until: gate.steady() + wait * 1000 });
  let isStopped = false;

  function lineOf({ hub, connector: { id } }: Asked): Line {
    const inHub: InHub = hubs.get(hub) ?? new Map<string, Known>();
    hubs.set(hub, inHub);
    const onEmpty = (): void => {
      inHub.delete(id);
      if (inHub.size === 0) hubs.delete(hub);
    };
    const known = inHub.get(id) ?? nothingKnown((one) => createLine({ look: (members) => lookOf(one, members, looking), admit, onEmpty }));
    inHub.set(id, known);
    return known.line;
  }

  return {
    waiting: room.size,
    stand(asked) {
      const one = isStopped ? { ...asked, wait: 0 } : asked;
      return lineOf(one).stand(one);
    },
    wrote: (hub, places, rows) => wroteIn(hubs, { hub, places, rows }, parts),
    heard(written) {
      const woken = written === undefined ? [...hubs.values()] : written.map((hub) => hubs.get(hub));
      for (const inHub of woken) for (const known of inHub?.values() ?? []) wake(known, "stale");
    },
    stop() {
      isStopped = true;
      for (const inHub of hubs.values()) for (const { line } of inHub.values()) line.dismiss();
    },
  };
}

function nothingKnown(lineOf: (known: Known) => Line): Known {
  const known = { connector: undefined, isOpen: false, isStale: true, isFull: false } as Known & { line: Line };
  known.line = lineOf(known);
  return known;
}

function wake(known: Known | undefined, how: "stale" | "news"): void {
  if (known === undefined) return;
  known.isStale ||= how === "stale";
  known.line.wake();
}

interface Written {
  readonly hub: string;
  readonly places: readonly Place[];
  readonly rows: readonly RowWrite[];
}

/** Wakes those for whom a write may have brought something, here and on other servers. */
function wroteIn(hubs: ReadonlyMap<string, InHub>, { hub, places, rows }: Written, { place, tellOthers }: LinesParts): void {
  const { connectors, control } = place.definition.dispatched!;
  const inHub = hubs.get(hub);
  if (inHub === undefined && tellOthers === undefined) return;
  const [turns, changes, acts] = [control, connectors, place.path].map((path) => places.some((one) => one.path === path));
  if (turns !== true && changes !== true && acts !== true) return;
  const coming = rows.flatMap((row) => (row.place.path === place.path ? comingOf(row) : []));
  if (turns === true || changes === true || coming.some(({ isNew }) => isNew)) tellOthers?.(hub);
  if (inHub === undefined) return;
  if (turns === true) for (const known of inHub.values()) wake(known, "stale");
  for (const row of rows) if (row.place.path === connectors) wake(inHub.get(row.id), "stale");
  for (const { connector, isNew } of coming) {
    const known = inHub.get(connector);
    if (isNew || known?.isFull === true) wake(known, "news");
  }
}

/** States in which an action waits for somebody to take it. */
const waiting = new Set(["queued", "retrying", "cancelling"]);

interface Coming {
  readonly connector: string;
  /** It is there to be taken; otherwise it makes room at most. */
  readonly isNew: boolean;
}

/** What an action that was written is to those who wait for its connector: nothing where its lease begins or goes on. */
function comingOf({ put }: RowWrite): readonly Coming[] {
  const dispatch = put?.entity["dispatch"] ?? null;
  if (!isObject(dispatch) || dispatch["status"] === "dispatching") return [];
  return [{ connector: textOf(dispatch["connectorId"]), isNew: waiting.has(textOf(dispatch["status"])) }];
}

interface LookParts extends LeaseParts, Pick<LinesParts, "tellOthers"> {
  readonly connectorPath: string;
  readonly controlPath: string;
}

async function lookOf(known: Known, members: readonly Member[], parts: LookParts): Promise<number> {
  const { connectorPath, controlPath, tellOthers } = parts;
  const longest = tellOthers === undefined ? Infinity : glance;
  const { desk, connector: asked } = members[0]!.asked;
  if (known.isStale) {
    known.isStale = false;
    const [entity, control] = await Promise.all([desk.row(`${connectorPath}/${encodeURIComponent(asked.id)}`), desk.row(controlPath)]);
    known.connector = entity === undefined ? asked : connectorOf(entity);
    const state = stateOf(known.connector.switch, switchOf(control));
    known.isOpen = entity !== undefined && (state === "active" || state === "draining");
  }
  const looked = await leaseWork({ connector: known.connector ?? asked, isOpen: known.isOpen }, members, parts);
  known.isFull = looked.isFull;
  return Math.min(looked.next, longest);
}
