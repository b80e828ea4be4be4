import { createRecent } from "../../base/recent.ts";
import { instantOf } from "../../base/instant.ts";
import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Gate } from "../../auth/permit.ts";
import type { Rule } from "../../edm/rules.ts";
import { begunLately } from "../dispatch/chores.ts";
import type { Connector } from "../dispatch/connector.ts";
import type { Desk } from "../dispatch/desk.ts";
import { dispatchIn, earliest } from "../dispatch/dispatchIn.ts";
import { createRateWindow, type RateWindow } from "../dispatch/rateWindow.ts";
import type { Asked, Member } from "./line.ts";

export interface LeaseParts {
  readonly gate: Gate;
  readonly rule: Rule;
  /** Begun dispatches of the last minute, by connector. */
  readonly windows: Windows;
}

/** Whose work is given out, and whether what waits may begin: what somebody has had in hand is looked after all the same. */
interface Desired {
  readonly connector: Connector;
  readonly isOpen: boolean;
}

/** What a look at the queue of a connector came to. */
export interface Looked {
  /** Milliseconds until something is due by itself. */
  readonly next: number;
  /** Something was due and left for want of a place: whoever ends something makes one. */
  readonly isFull: boolean;
}

/** Actions that are looked at once beyond those that are asked for, and asked for at once at most. */
const [portion, most] = [50, 200];

/** Gives what is due of a connector to those who came for it, in their order. */
export async function leaseWork({ connector, isOpen }: Desired, members: readonly Member[], parts: LeaseParts): Promise<Looked> {
  const { gate, windows } = parts;
  const { desk } = members[0]!.asked;
  const now = gate.clock();
  const wanted = Math.min(
    most,
    members.reduce((sum, { asked }) => sum + asked.count, 0),
  );
  const { due, next, isMore } = await queueOf({ connector, isOpen }, { desk, now, top: wanted + portion });
  if (due.length === 0) return { next, isFull: false };
  const rate = await windows.of(connector, { desk, gate });
  const giving: Giving = { now, next, isFull: false, isHeld: false, left: Infinity, given: 0, at: 0 };
  // Nothing is asked beyond that where nothing is due.
  if (due.some((row) => !isEnding(row))) giving.left = connector.limits.concurrency - (await inHand(connector, { desk, now }));
  for (const row of due) if (!giving.isHeld && giving.at < members.length) await give(row, members, giving, { ...parts, connector, rate });
  // A page that is full of what is due has more behind it; where nothing came of it, nothing would of the same.
  const isOn = isMore && giving.given > 0 && !giving.isHeld && !giving.isFull && giving.at < members.length;
  return { next: isOn ? 0 : giving.next, isFull: giving.isFull };
}

interface Giving {
  readonly now: number;
  next: number;
  isFull: boolean;
  /** The rate lets nothing more begin now. */
  isHeld: boolean;
  /** Places. */
  left: number;
  given: number;
  /** Whose turn it is. */
  at: number;
}

interface GivingParts extends LeaseParts {
  readonly connector: Connector;
  readonly rate: RateWindow;
}

async function give(row: JsonObject, members: readonly Member[], giving: Giving, parts: GivingParts): Promise<void> {
  const { rate, gate } = parts;
  // What is to be cancelled is settled whatever is free.
  if (!isEnding(row)) {
    if (giving.left <= 0) return void (giving.isFull = true);
    const held = rate.wait(gate.steady());
    if (held > 0) {
      giving.isHeld = true;
      giving.next = Math.min(giving.next, held);
      return;
    }
  }
  const { asked, leases } = members[giving.at]!;
  const after = await leaseOne(row, asked, parts);
  if (after === undefined) return;
  giving.given += 1;
  if (dispatchIn(after)["status"] !== "dispatching") return;
  giving.left -= 1;
  giving.next = Math.min(giving.next, asked.seconds * 1000);
  rate.take(gate.steady());
  leases.push(leaseOf(after));
  if (leases.length >= asked.count) giving.at += 1;
}

interface Looking {
  readonly desk: Desk;
  readonly now: number;
}

/** What is due of a connector, the longest due first, and in how many milliseconds the next is. */
async function queueOf(
  { connector, isOpen }: Desired,
  { desk, now, top }: Looking & { readonly top: number },
): Promise<{ readonly due: readonly JsonObject[]; readonly next: number; readonly isMore: boolean }> {
  const filter = `${ofConnector(connector)} ge ${earliest} and dispatch/status in (${isOpen ? "'queued','retrying'," : ""}'dispatching','cancelling')`;
  const rows = await desk.rows(`securityActions?$filter=${encodeURIComponent(filter)}&$orderby=dispatch/nextAttemptDateTime,id&$top=${top}`);
  const waitOf = (row: JsonObject): number => Date.parse(textOf(dispatchIn(row)["nextAttemptDateTime"])) - now;
  const later = rows.find((row) => waitOf(row) > 0);
  const due = rows.filter((row) => waitOf(row) <= 0);
  return { due, next: later === undefined ? Infinity : waitOf(later), isMore: rows.length === top && later === undefined };
}

function inHand(connector: Connector, { desk, now }: Looking): Promise<number> {
  const filter = `${ofConnector(connector)} gt ${instantOf(now)} and dispatch/status eq 'dispatching'`;
  return desk.count(`securityActions/$count?$filter=${encodeURIComponent(filter)}`);
}

function ofConnector({ id }: Connector): string {
  return `dispatch/connectorId eq '${id.replaceAll("'", "''")}' and dispatch/nextAttemptDateTime`;
}

function isEnding(action: JsonObject): boolean {
  return dispatchIn(action)["status"] === "cancelling";
}

/** Leases one: the action as it is then, which may be an end of it; undefined where somebody was faster. */
async function leaseOne(row: JsonObject, { desk, seconds }: Asked, { gate, rule, connector }: GivingParts): Promise<JsonObject | undefined> {
  const now = gate.clock();
  const [until, ended] = [instantOf(now + seconds * 1000), instantOf(now - seconds * 1000)];
  const sent = { connectorId: connector.id, until, ended, most: connector.limits.attempts };
  return desk.act(textOf(row["id"]), { name: "lease", rule, sent });
}

function leaseOf(action: JsonObject): JsonObject {
  const dispatch = dispatchIn(action);
  const or = (name: string): Json => action[name] ?? null;
  return {
    actionId: or("id"),
    fencingToken: dispatch["fencingToken"] ?? null,
    attempt: dispatch["attempts"] ?? null,
    expiresDateTime: dispatch["nextAttemptDateTime"] ?? null,
    name: or("name"),
    parameters: or("parameters"),
    actionReason: or("actionReason"),
    clientContext: or("clientContext"),
    undoes: dispatch["undoes"] ?? null,
  };
}

/** Begun dispatches of the last minute, by connector. */
export interface Windows {
  readonly of: (connector: Connector, parts: { readonly desk: Desk; readonly gate: Gate }) => Promise<RateWindow>;
}

/** Makes them: those of connectors that were looked at lately. What began before this process looks first is counted from what is stored. */
export function createWindows(): Windows {
  const kept = createRecent<RateWindow>({ most: 10_000, weigh: () => 1 });
  return {
    async of(connector, { desk, gate }) {
      const { ratePerMinute } = connector.limits;
      const key = `${connector.id} ${ratePerMinute ?? ""}`;
      const known = kept.find(key);
      if (known !== undefined) return known;
      const made = createRateWindow(() => ratePerMinute);
      made.remember(gate.steady(), await begunLately({ connector }, { desk, parts: { gate } }));
      kept.keep(key, made);
      return made;
    },
  };
}
