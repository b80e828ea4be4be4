import { textOf, type JsonObject } from "../../base/json.ts";
import { connectorOf, type Connector, type Switch } from "./connector.ts";
import { createRateWindow, type RateWindow } from "./rateWindow.ts";
import { dispatchIn, earliest } from "./dispatchIn.ts";
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

/** Actions that are read at once, and at most. */
const [portion, largest] = [100, 999];

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
  const filter = `dispatch/connectorId eq ${quoted(lane.connector.id)} and dispatch/nextAttemptDateTime ge ${earliest}${held}`;
  // Room for those that are left alone: however many they are, they hold up nobody.
  const most = Math.min(portion + faulty.size, largest);
  const rows = await desk.rows(`securityActions?$filter=${encodeURIComponent(filter)}&$orderby=dispatch/nextAttemptDateTime,id&$top=${most}`);
  const found = rows.map(queuedOf).filter(({ id, status }) => !running.has(runningKey(id, status)));
  const [resting, others] = [found.filter(({ id }) => faulty.has(id)), found.filter(({ id }) => !faulty.has(id))];
  lane.ready = others.filter(({ due }) => due <= now);
  const later = others.find(({ due }) => due > now);
  const rests = resting.map(({ id, due }) => Math.max(due, now + faulty.get(id)! - steady));
  lane.nextAt = Math.min(later?.due ?? Infinity, ...rests);
  // A page that is full of what is due has more behind it.
  lane.isMore = rows.length === most && later === undefined && resting.length < rows.length;
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
