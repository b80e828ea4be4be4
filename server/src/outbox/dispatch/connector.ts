import { sealedCredentials } from "../../edm/sealedCredentials.ts";
import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";

/** A securityConnector, read for dispatching. */
export interface Connector {
  /** As connections see it: nothing of its secrets. */
  readonly entity: JsonObject;
  /** As it is stored, with what is sealed of it. */
  readonly stored: JsonObject;
  readonly id: string;
  readonly kind: string;
  readonly vendor: string;
  readonly provider: string;
  readonly guarantee: string;
  readonly switch: Switch;
  readonly limits: Limits;
  readonly actions: readonly JsonObject[];
}

/** Whether something leaves: of a connector, or of a whole hub. */
export interface Switch {
  readonly state: "active" | "paused" | "draining" | "stopped";
  /** Since when. */
  readonly since: string;
}

export interface Limits {
  /** Undefined: as many as come. */
  readonly ratePerMinute: number | undefined;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
}

const states = new Set(["active", "paused", "draining", "stopped"]);

/** The switch that an entity with `state` and `stateDateTime` is; of none it is active, of one that is unknown here nothing leaves. */
export function switchOf(entity: JsonObject | undefined): Switch {
  const state = textOf(entity?.["state"]) || "active";
  return { state: (states.has(state) ? state : "paused") as Switch["state"], since: textOf(entity?.["stateDateTime"]) };
}

/** Reads a connector; limits that are absent or nonsense are the usual ones. */
export function connectorOf(stored: JsonObject): Connector {
  const { [sealedCredentials]: _, ...entity } = stored;
  const { limits = null, actions = null } = entity;
  const given = isObject(limits) ? limits : {};
  return {
    entity,
    stored,
    id: textOf(entity["id"]),
    kind: textOf(entity["kind"]),
    vendor: textOf(entity["vendor"]),
    provider: textOf(entity["provider"]),
    guarantee: textOf(entity["guarantee"]) || "atLeastOnce",
    switch: switchOf(entity),
    limits: {
      ratePerMinute: positive(given["ratePerMinute"]),
      concurrency: positive(given["concurrency"]) ?? 4,
      timeoutSeconds: positive(given["timeoutSeconds"]) ?? 30,
      attempts: positive(given["attempts"]) ?? 5,
    },
    actions: Array.isArray(actions) ? (actions as readonly Json[]).filter(isObject) : [],
  };
}

function positive(value: Json | undefined): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}
