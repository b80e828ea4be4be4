import { textOf, type JsonObject } from "../../base/json.ts";
import { connectorOf, type Connector, type Switch } from "./connector.ts";
import { createRateWindow, type RateWindow } from "./rateWindow.ts";
import { dispatchIn } from "./dispatchIn.ts";
import type { Queued, Round } from "./round.ts";

/** The queue of one connector. */
export interface Lane {
  connector: Connector;
  readonly rate: RateWindow;
  /** What is due and not begun, the longest due first. */
  ready: Queued[];
  /** When the first of what is not due yet is, in milliseconds since 1970. */
  nextAt: number;
  /** True when something may have come. */
  isStale: boolean;
  /** True where more is due than was read. */
  isMore: boolean;
  /** Attempts from their beginning to their end. */
  open: number;
  /** Their calls. */
  readonly calls: Map<string, AbortController>;
}

/** Actions that are read at once. */
const portion = 100;

/** Makes the lane of a connector. */
export function createLane(entity: JsonObject): Lane {
  const lane: Lane = {
    connector: connectorOf(entity),
    rate: createRateWindow(() => lane.connector.limits.ratePerMinute),
    ready: [],
    nextAt: Infinity,
    isStale: true,
    isMore: false,
    open: 0,
    calls: new Map(),
  };
  return lane;
}

/** The narrower of two switches: that of the connector, and that of the hub. */
export function stateOf(one: Switch, other: Switch): Switch["state"] {
  const order = ["active", "draining", "paused", "stopped"] as const;
  return order[Math.max(order.indexOf(one.state), order.indexOf(other.state))]!;
}

/** Reads what is due in a lane, and when the next will be. What is held back is not read: however much of it there is, it costs nothing. */
export async function loadLane(lane: Lane, round: Round): Promise<void> {
  const { desk, running, faulty, control, parts } = round;
  lane.isStale = false;
  [lane.ready, lane.nextAt, lane.isMore] = [[], Infinity, false];
  const held = heldBack(lane, control);
  if (held === "all") return;
  const now = parts.gate.clock();
  const steady = parts.gate.steady();
  for (const [id, until] of faulty) if (until <= steady) faulty.delete(id);
  const poisoned = [...faulty.keys()];
  const left = poisoned.length === 0 ? "" : ` and not (id in (${poisoned.slice(0, 100).map(quoted).join(",")}))`;
  const filter = `dispatch/connectorId eq ${quoted(lane.connector.id)} and dispatch/nextAttemptDateTime ne null${held}${left}`;
  const rows = await desk.rows(`securityActions?$filter=${encodeURIComponent(filter)}&$orderby=dispatch/nextAttemptDateTime,id&$top=${portion}`);
  const found = rows.map(queuedOf).filter(({ id, status }) => !running.has(runningKey(id, status)));
  lane.ready = found.filter(({ due }) => due <= now);
  const later = found.find(({ due }) => due > now);
  lane.nextAt = later?.due ?? Infinity;
  // A page that is full of what is due has more behind it.
  lane.isMore = rows.length === portion && later === undefined;
}

/** What of a lane does not leave now, as a filter; "all" where nothing does. */
function heldBack({ connector }: Lane, control: Switch): string {
  switch (stateOf(connector.switch, control)) {
    case "active":
      return "";
    case "draining":
      return ` and (createdDateTime le ${drainedUpTo(connector.switch, control)} or ${inHand})`;
    case "paused":
      return ` and ${inHand}`;
    case "stopped":
      return "all";
  }
}

/** What came later stays: the earlier of both cuts. */
function drainedUpTo(...switches: readonly Switch[]): string {
  return switches
    .filter(({ state }) => state === "draining")
    .map(({ since }) => since)
    .toSorted()[0]!;
}

/** What the connector has already is looked after, also where nothing new goes there. */
const inHand = "dispatch/status in ('dispatching','cancelling','pendingApproval')";

/** Who is called is not called again meanwhile, but can be told to stop. */
export function runningKey(id: string, status: string): string {
  return status === "cancelling" ? `${id} cancelling` : id;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function queuedOf(entity: JsonObject): Queued {
  const dispatch = dispatchIn(entity);
  return { id: textOf(entity["id"]), status: textOf(dispatch["status"]), due: Date.parse(textOf(dispatch["nextAttemptDateTime"])), entity };
}
