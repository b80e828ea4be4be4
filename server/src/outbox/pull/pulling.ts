import { problem } from "../../base/errors.ts";
import { instantOf } from "../../base/instant.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Caller } from "../../auth/caller.ts";
import type { Presence } from "../../base/http.ts";
import type { Place } from "../../edm/model.ts";
import { connectorOf, type Connector } from "../dispatch/connector.ts";
import type { Desk } from "../dispatch/desk.ts";
import { pauseAfter } from "../dispatch/pauseAfter.ts";
import { deskFor, type DeskFor } from "./deskFor.ts";
import { createLines, type Lines } from "./lines.ts";
import { usualWaitLimits, type WaitLimits } from "./waitingRoom.ts";

/** A call of one of the operations by which actuators come for their work. */
export interface PullCall {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The entry of the catalogue that it is bound to. */
  readonly bound: unknown;
  /** Its path. */
  readonly path: string;
  readonly caller: Pick<Caller, "tenant" | "appId" | "user">;
  /** The client that waits for the answer; absent where nobody waits at a socket. */
  readonly presence?: Presence | undefined;
  /** False within a batch: what waits there holds up the others. */
  readonly mayWait: boolean;
}

/** What actuators come to. */
export interface Pulling {
  readonly operations: Readonly<Record<string, (call: PullCall) => Promise<Json | undefined>>>;
  readonly lines: Omit<Lines, "stand">;
}

export interface PullParts extends DeskFor {
  /** The place whose rows are leased. */
  readonly place: Place;
  readonly limits?: WaitLimits | undefined;
  /** Tells other servers that something came in a hub; absent where there are none. */
  readonly tellOthers?: ((hub: string) => void) | undefined;
}

/** An actuator at the desk of its hub. */
export interface Visit {
  readonly hub: string;
  readonly desk: Desk;
  readonly connector: Connector;
  readonly visitor: PullCall["caller"];
  /** Seconds that a lease holds unless said otherwise. */
  readonly seconds: number;
}

const usualSeconds = 60;
/** Makes the operations of securityActionProvider. Who may call them is asked before. */
export function createPulling(parts: PullParts): Pulling {
  const rules = parts.place.definition.dispatched!.leasing;
  const lines = createLines({ ...parts, limits: parts.limits ?? usualWaitLimits, rule: rules.lease });
  const operations: Pulling["operations"] = {
    async "securityActionProvider/lease"({ parameters, presence, mayWait, ...call }) {
      const visit = await visitOf(call, parts);
      const count = bounded(parameters, "count", [1, 50]) ?? 1;
      const wait = bounded(parameters, "wait", [0, 60]) ?? 0;
      const seconds = secondsOf(parameters, visit);
      if (wait === 0 || !mayWait) return lines.stand({ ...visit, count, wait: 0, seconds });
      const coming = lines.stand({ ...visit, count, wait, seconds, gone: presence?.gone() });
      return presence === undefined ? coming : presence.rest(coming);
    },
    async "securityActionProvider/extendLease"({ parameters, ...call }) {
      const visit = await visitOf(call, parts);
      const until = instantOf(parts.gate.clock() + secondsOf(parameters, visit) * 1000);
      await visit.desk.demand(textOf(parameters["actionId"] as Json), {
        name: "extendLease",
        rule: rules.extend,
        sent: { ...spokenOf(parameters, visit), until },
      });
      return until;
    },
    async "securityActionProvider/acknowledge"({ parameters, ...call }) {
      const visit = await visitOf(call, parts);
      const sent = { ...spokenOf(parameters, visit), ...settlementOf(parameters, visit, parts.gate.clock()) };
      await visit.desk.demand(textOf(parameters["actionId"] as Json), { name: "acknowledge", rule: rules.acknowledge, sent });
      return undefined;
    },
  };
  return { operations, lines };
}

/** Who comes, and for which connector. Throws 403 for another than its reporter, 409 for one that nobody comes to. */
async function visitOf({ bound, path, caller }: Omit<PullCall, "parameters" | "mayWait">, parts: PullParts): Promise<Visit> {
  const { hub, desk } = await deskFor({ path, caller }, parts);
  const id = textOf((bound as JsonObject)["id"]);
  const entity = await desk.row(`connectors/${encodeURIComponent(id)}`);
  if (entity === undefined) throw problem("notFound", { what: `There is no connector with the id '${id}' any more.` });
  const { kind, pull = null, reporterAppId = null } = entity;
  if (kind !== "pull") throw problem("conflict", { what: `The connector of this provider is of the kind '${textOf(kind)}': its work is brought to it.` });
  if (reporterAppId !== null && reporterAppId !== caller.appId) {
    throw problem("forbidden", { what: "Work of this provider is given to its reporter (reporterAppId) alone." });
  }
  const seconds = isObject(pull) && typeof pull["leaseSeconds"] === "number" ? pull["leaseSeconds"] : usualSeconds;
  return { hub, desk, connector: connectorOf(entity), visitor: caller, seconds };
}

function secondsOf(parameters: PullCall["parameters"], { seconds }: Visit): number {
  return bounded(parameters, "seconds", [5, 3600]) ?? seconds;
}

/** A whole number of a parameter. Throws 400 for one beyond its bounds. */
function bounded(parameters: PullCall["parameters"], name: string, [least, most]: readonly [number, number]): number | undefined {
  const value = parameters[name] ?? null;
  if (value === null) return undefined;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw problem(
    "badRequest",
    { what: `Parameter '${name}': expected a whole number from ${least} to ${most}, got ${JSON.stringify(value)}.` },
    { target: name },
  );
}

function spokenOf({ fencingToken }: PullCall["parameters"], { connector }: Visit): Readonly<Record<string, Json>> {
  return { connectorId: connector.id, fencingToken: Number(fencingToken) };
}

const kinds: Readonly<Record<string, string>> = { completed: "completed", failed: "failed", retry: "failed", cancelled: "cancelled", released: "busy" };

function settlementOf(parameters: PullCall["parameters"], { connector }: Visit, now: number): Readonly<Record<string, Json | object>> {
  const { outcome, code = null, message = null, response = null } = parameters as Readonly<Record<string, string | null>>;
  const kind = kinds[outcome ?? ""] ?? "failed";
  const words = { code: code ?? "reported", message: message ?? "The actuator did not say why." };
  // What is given back is there for the next at once; what failed rests.
  const next = instantOf(now + (kind === "busy" ? 0 : pauseAfter(1)));
  return {
    kind,
    retry: outcome === "retry",
    most: connector.limits.attempts,
    next,
    ...(kind === "failed" && { error: words }),
    ...(response !== null && { response }),
  };
}
