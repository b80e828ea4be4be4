import { textOf, type JsonObject } from "../../base/json.ts";
import { addTo } from "../../base/histogram.ts";
import type { Connection, Order, Report } from "./connection.ts";
import { dispatchIn } from "./dispatchIn.ts";
import { countCall } from "./dispatchFigures.ts";
import { guarded, type Guarded } from "./guarded.ts";
import type { Lane } from "./lane.ts";
import { orderOf } from "./orderOf.ts";
import type { Queued, Round } from "./round.ts";
import { settle } from "./settle.ts";

/** One attempt: it is on record before the connector is called, and what came of it afterwards. */
export async function attempt(queued: Queued, lane: Lane, round: Round): Promise<void> {
  const { desk, parts, lease } = round;
  const action = await desk.act(queued.id, { name: "dispatch", rule: parts.dispatched.rules.begin, sent: { lease: lease.token } });
  if (action === undefined || dispatchIn(action)["status"] !== "dispatching") {
    lane.rate.giveBack();
    if (action === undefined) leaveAlone(queued, lane, round);
    return;
  }
  addTo(parts.figures.latency, Math.max(0, parts.gate.clock() - queued.due) / 1000);
  const { report, late, milliseconds } = await called(action, lane, round);
  await settle({ report, action, milliseconds }, lane, round);
  void late.then((said) => afterAll(said, action, lane, round)).catch(parts.onFault);
}

/** Milliseconds for which an action is left alone whose attempt could not begin: a switch was turned, somebody was faster. */
const refusedFor = 1_000;

function leaveAlone({ id }: Queued, lane: Lane, { parts, faulty }: Round): void {
  faulty.set(id, parts.gate.steady() + refusedFor);
  lane.nextAt = Math.min(lane.nextAt, parts.gate.clock() + refusedFor);
}

interface Came extends Pick<Guarded, "late"> {
  readonly report: Report;
  readonly milliseconds: number;
}

async function called(action: JsonObject, lane: Lane, round: Round): Promise<Came> {
  const { parts, cut } = round;
  const { connector } = lane;
  const connection = parts.connections.get(connector.kind);
  const most = connector.limits.timeoutSeconds * 1000;
  const id = textOf(action["id"]);
  const ending = new AbortController();
  lane.calls.set(id, ending);
  const from = performance.now();
  try {
    const made = orderOf(action, { connector, round });
    if ("report" in made) return { ...made, late: Promise.resolve(undefined), milliseconds: 0 };
    const call = guarded((signal) => deliver(connection, made.order, signal), { most, stop: AbortSignal.any([cut, ending.signal]) });
    const report = await call.report;
    return { report, late: call.late, milliseconds: Math.round(performance.now() - from) };
  } finally {
    lane.calls.delete(id);
    countCall(parts.figures, connector.kind, (performance.now() - from) / 1000);
  }
}

async function deliver(connection: Connection | undefined, one: Order, signal: AbortSignal): Promise<Report> {
  if (connection === undefined) return { kind: "busy", error: { code: "noConnection", message: "This server cannot reach connectors of this kind." } };
  return connection.deliver(one, signal);
}

/** What comes after its time was up is true all the same: that it is done. */
async function afterAll(said: Report | undefined, action: JsonObject, lane: Lane, round: Round): Promise<void> {
  if (said?.kind === "completed" && !round.lost.aborted) await settle({ report: said, action }, lane, round);
}
