import { textOf, type JsonObject } from "../../base/json.ts";
import type { Connection, Order, Report } from "./connection.ts";
import { dispatchIn } from "./dispatchIn.ts";
import { guarded } from "./guarded.ts";
import type { Lane } from "./lane.ts";
import { orderOf } from "./orderOf.ts";
import type { Queued, Round } from "./round.ts";
import { settle } from "./settle.ts";

/** Looks after what a connector has in hand: tells it to end what shall be ended, asks how the rest stands, and gives up waiting some day. */
export async function tend({ id, status, entity }: Queued, lane: Lane, round: Round): Promise<void> {
  if (status === "pendingApproval") return void (await round.desk.act(id, { name: "dispatch", rule: round.parts.dispatched.rules.lapse }));
  const isCalled = lane.calls.has(id);
  const tending: Tending = { entity, lane, round };
  if (!isCalled && dispatchIn(entity)["acceptedDateTime"] === null) return void (await settle({ report: interrupted, action: entity }, lane, round));
  if (status === "cancelling" && (await cancelled(tending, isCalled))) return;
  const report = await asked(tending);
  const isGivenUp = report.kind === "accepted" && isOverdue(tending);
  await settle(isGivenUp ? { report: silent, action: entity, final: true } : { report, action: entity }, lane, round);
}

interface Tending {
  readonly entity: JsonObject;
  readonly lane: Lane;
  readonly round: Round;
}

/** The call of whoever had it in hand ended with that process. */
export const interrupted: Report = { kind: "unknown", error: { code: "interrupted", message: "The server ended while the call was under way." } };
const silent: Report = { kind: "unknown", error: { code: "noReport", message: "The connector has taken it and said nothing of it since." } };

function isOverdue({ entity, round: { parts } }: Tending): boolean {
  return parts.gate.clock() - Date.parse(textOf(entity["lastActionDateTime"])) >= parts.reportWithin;
}

/** How accepted work stands; what cannot be found out is as it was. */
async function asked(tending: Tending): Promise<Report> {
  const { poll } = connectionOf(tending) ?? {};
  if (poll === undefined) return { kind: "accepted" };
  const report = await call((order, signal) => poll(order, handleOf(tending) ?? "", signal), tending);
  return report.kind === "unknown" || report.kind === "busy" ? { kind: "accepted" } : report;
}

/** Tells a connector to end it; true when nothing more is to be done now. What is on its way says itself what came of it. */
async function cancelled(tending: Tending, isCalled: boolean): Promise<boolean> {
  const { entity, lane, round } = tending;
  const { cancel } = connectionOf(tending) ?? {};
  const report = cancel === undefined ? undefined : await call((order, signal) => cancel(order, handleOf(tending), signal), tending);
  if (isCalled) {
    await round.desk.act(textOf(entity["id"]), { name: "dispatch", rule: round.parts.dispatched.rules.told, sent: { next: null } });
    return true;
  }
  if (report?.kind !== "completed") return false;
  await settle({ report: { kind: "cancelled" }, action: entity }, lane, round);
  return true;
}

function handleOf({ entity }: Tending): string | undefined {
  const handle = textOf(dispatchIn(entity)["handle"]);
  return handle === "" ? undefined : handle;
}

function connectionOf({ lane, round }: Tending): Connection | undefined {
  return round.parts.connections.get(lane.connector.kind);
}

async function call(how: (order: Order, signal: AbortSignal) => Promise<Report>, { entity, lane, round }: Tending): Promise<Report> {
  const made = orderOf(entity, { connector: lane.connector, round });
  // What was sent once goes on there, whatever has become of the connector here.
  if ("report" in made) return { kind: "accepted" };
  return guarded((signal) => how(made.order, signal), { most: lane.connector.limits.timeoutSeconds * 1000, stop: round.cut }).report;
}
