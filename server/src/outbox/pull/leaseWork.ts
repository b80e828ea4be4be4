import { createRecent } from "../../base/recent.ts";
import { instantOf } from "../../base/instant.ts";
import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Gate } from "../../auth/permit.ts";
import type { Rule } from "../../edm/rules.ts";
import { dispatchIn } from "../dispatch/dispatchIn.ts";
import { createRateWindow, type RateWindow } from "../dispatch/rateWindow.ts";
import type { Visit } from "./pulling.ts";
import type { Waits } from "./waits.ts";

/** What an actuator asks for. */
interface Asked extends Visit {
  readonly count: number;
  /** Seconds. */
  readonly wait: number;
}

interface LeaseParts {
  readonly gate: Gate;
  readonly waits: Waits;
  readonly rule: Rule;
}

/** What came of one look. */
interface Looked {
  readonly leases: readonly JsonObject[];
  /** Milliseconds until something is due by itself. */
  readonly next: number;
}

/** Gives an actuator what waits for it; where nothing does, it is waited for, and nothing is asked of the database until something is written in the hub or due. */
export async function leaseWork(asked: Asked, parts: LeaseParts): Promise<readonly JsonObject[]> {
  const { waits, gate } = parts;
  const end = gate.steady() + asked.wait * 1000;
  for (;;) {
    const wait = waits.open(asked.hub);
    try {
      const { leases, next } = await inTurn(asked.connector.id, () => look(asked, parts));
      const left = end - gate.steady();
      if (leases.length > 0 || left <= 0 || waits.isStopped()) return leases;
      await wait.until(Math.min(left, Math.max(next, 20)));
    } finally {
      wait.close();
    }
  }
}

const turns = new Map<string, Promise<unknown>>();

/** One look at a connector at a time: so that two of them do not both see its last place free. */
function inTurn<T>(connector: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(connector) ?? Promise.resolve();
  const mine = before.then(work, work);
  const last = mine.catch(() => undefined).finally(() => turns.get(connector) === last && turns.delete(connector));
  turns.set(connector, last);
  return mine;
}

/** Begun dispatches of the last minute, by connector. */
const windows = createRecent<RateWindow>({ most: 10_000, weigh: () => 1 });

function windowOf({ id, limits }: Visit["connector"]): RateWindow {
  const key = `${id} ${limits.ratePerMinute ?? ""}`;
  const known = windows.find(key);
  if (known !== undefined) return known;
  const made = createRateWindow(() => limits.ratePerMinute);
  windows.keep(key, made);
  return made;
}

async function look(asked: Asked, { gate, rule }: LeaseParts): Promise<Looked> {
  const { connector } = asked;
  const now = gate.clock();
  const { due, next } = await queueOf(asked, now);
  // Nothing is asked beyond that where nothing is due.
  const free = due.some((row) => !isEnding(row)) ? Math.min(asked.count, connector.limits.concurrency - (await inHand(asked, now))) : 0;
  const rate = windowOf(connector);
  const leases: JsonObject[] = [];
  for (const row of due) {
    // What is to be cancelled is settled whatever is free.
    if (!isEnding(row)) {
      if (leases.length >= free) continue;
      const held = rate.wait(gate.steady());
      if (held > 0) return { leases, next: Math.min(next, held) };
    }
    const leased = await leaseOne(row, asked, { gate, rule });
    if (leased === undefined) continue;
    rate.take(gate.steady());
    leases.push(leaseOf(leased));
  }
  return { leases, next };
}

/** Actions that are looked at once beyond those that are asked for. */
const portion = 50;

/** What is due of a connector, the longest due first, and in how many milliseconds the next is. */
async function queueOf({ desk, connector, count }: Asked, now: number): Promise<{ readonly due: readonly JsonObject[]; readonly next: number }> {
  const filter = `${ofConnector(connector)} ne null and dispatch/status in ('queued','retrying','dispatching','cancelling')`;
  const rows = await desk.rows(`securityActions?$filter=${encodeURIComponent(filter)}&$orderby=dispatch/nextAttemptDateTime,id&$top=${count + portion}`);
  const waitOf = (row: JsonObject): number => Date.parse(textOf(dispatchIn(row)["nextAttemptDateTime"])) - now;
  const later = rows.find((row) => waitOf(row) > 0);
  return { due: rows.filter((row) => waitOf(row) <= 0), next: later === undefined ? Infinity : waitOf(later) };
}

function inHand({ desk, connector }: Asked, now: number): Promise<number> {
  const filter = `${ofConnector(connector)} gt ${instantOf(now)} and dispatch/status eq 'dispatching'`;
  return desk.count(`securityActions/$count?$filter=${encodeURIComponent(filter)}`);
}

function ofConnector({ id }: Asked["connector"]): string {
  return `dispatch/connectorId eq '${id.replaceAll("'", "''")}' and dispatch/nextAttemptDateTime`;
}

function isEnding(action: JsonObject): boolean {
  return dispatchIn(action)["status"] === "cancelling";
}

/** Leases one; undefined where somebody was faster, or its end was all that was left of it. */
async function leaseOne(
  row: JsonObject,
  { desk, connector, seconds }: Asked,
  { gate, rule }: Pick<LeaseParts, "gate" | "rule">,
): Promise<JsonObject | undefined> {
  const now = gate.clock();
  const [until, ended] = [instantOf(now + seconds * 1000), instantOf(now - seconds * 1000)];
  const sent = { connectorId: connector.id, until, ended, most: connector.limits.attempts };
  const leased = await desk.act(textOf(row["id"]), { name: "lease", rule, sent });
  return leased === undefined || dispatchIn(leased)["status"] !== "dispatching" ? undefined : leased;
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
