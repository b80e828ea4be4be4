import { problem } from "../../base/errors.ts";
import { instantOf } from "../../base/instant.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Caller } from "../../auth/caller.ts";
import type { Place } from "../../edm/model.ts";
import { connectorOf, type Connector } from "../dispatch/connector.ts";
import type { Desk } from "../dispatch/desk.ts";
import { pauseAfter } from "../dispatch/pauseAfter.ts";
import { deskFor, type DeskFor } from "./deskFor.ts";
import { leaseWork } from "./leaseWork.ts";
import { createWaits } from "./waits.ts";

/** A call of one of the operations by which actuators come for their work. */
export interface PullCall {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The entry of the catalogue that it is bound to. */
  readonly bound: unknown;
  /** Its path. */
  readonly path: string;
  readonly caller: Pick<Caller, "tenant" | "appId" | "user">;
}

/** What actuators come to. */
export interface Pulling {
  readonly operations: Readonly<Record<string, (call: PullCall) => Promise<Json | undefined>>>;
  /** To be called with every write. */
  readonly wrote: (hub: string, places: readonly Place[]) => void;
  /** Something may have been written by another server, wherever. */
  readonly hint: () => void;
  /** Who waits goes away empty-handed. */
  readonly stop: () => void;
}

export interface PullParts extends DeskFor {
  /** The place whose rows are leased. */
  readonly place: Place;
}

/** An actuator at the desk of its hub. */
export interface Visit {
  readonly hub: string;
  readonly desk: Desk;
  readonly connector: Connector;
  /** Seconds that a lease holds unless said otherwise. */
  readonly seconds: number;
}

const usualSeconds = 60;
/** Hints come with all kinds of work, and lead to one look of each who waits: so many milliseconds apart. */
const between = 1_000;

/** Makes the operations of securityActionProvider. Who may call them is asked before. */
export function createPulling(parts: PullParts): Pulling {
  const waits = createWaits();
  const { dispatched } = parts.place.definition;
  const rules = dispatched!.leasing;
  let later: NodeJS.Timeout | undefined;
  const hint = (): void => {
    if (!waits.isStopped()) later ??= setTimeout(() => ((later = undefined), waits.wake()), between).unref();
  };
  const watched = new Set([parts.place.path, dispatched!.connectors, dispatched!.control]);
  const operations: Pulling["operations"] = {
    async "securityActionProvider/lease"({ parameters, ...call }) {
      const visit = await visitOf(call, parts);
      const count = bounded(parameters, "count", [1, 50]) ?? 1;
      const wait = bounded(parameters, "wait", [0, 60]) ?? 0;
      const seconds = secondsOf(parameters, visit);
      return leaseWork({ ...visit, count, wait, seconds }, { ...parts, waits, rule: rules.lease });
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
  return {
    operations,
    wrote: (hub, places) => {
      if (places.some(({ path }) => watched.has(path))) waits.wake(hub);
    },
    hint,
    stop() {
      clearTimeout(later);
      waits.stop();
    },
  };
}

/** Who comes, and for which connector. Throws 403 for another than its reporter, 409 for one that nobody comes to. */
async function visitOf({ bound, path, caller }: Omit<PullCall, "parameters">, parts: PullParts): Promise<Visit> {
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
  return { hub, desk, connector: connectorOf(entity), seconds };
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
