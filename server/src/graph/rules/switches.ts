import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Draft, Found, NamedReads, Refusal, Stamp } from "../../edm/rules.ts";
import { partsOf } from "./actionParts.ts";
import { targetsOfParts } from "./actionProtection.ts";
import { actionNamed } from "./actionProvider.ts";
import type { ActionTarget } from "./actionTargets.ts";
import { dispatchOf } from "./dispatchState.ts";
import { conflict } from "./refusals.ts";

/** The switches that stand between the queue and the connector: looked at in the very write that begins an attempt, so that nothing begins once one of them is turned. */
export function switches({ entity }: Draft, { hub }: Stamp): NamedReads {
  const connector = textOf(dispatchOf(entity)?.["connectorId"]);
  return {
    provider: { kind: "get", place: "security/actionProviders", id: connector },
    connector: { kind: "get", place: "security/connectors", id: connector },
    control: { kind: "get", place: "security/actionControl", id: hub },
  };
}

/** Why an action does not leave now: its connector is gone, or a switch is turned. */
export function heldBack({ connector = null, control = null }: Found, { entity }: Draft): Refusal | undefined {
  const [own, whole] = [connector, control] as readonly (JsonObject | null)[];
  if (own === null || own === undefined) return conflict("The connector is gone.");
  for (const one of [own, whole]) {
    const state = textOf(one?.["state"]) || "active";
    const isLeft = state === "draining" && textOf(entity["createdDateTime"]) <= textOf(one?.["stateDateTime"]);
    if (state !== "active" && !isLeft) return conflict(`It is held back: ${state}.`);
  }
  return undefined;
}

/** The application that alone reports on the actions of the connector. */
export function reporterNamed({ connector = null }: Found): Json {
  return ((connector ?? {}) as JsonObject)["reporterAppId"] ?? null;
}

/** What an action touches; nothing where it takes back what was done. */
export function touched({ entity }: Draft, { provider = null }: Found): readonly ActionTarget[] {
  if (typeof dispatchOf(entity)?.["undoes"] === "string") return [];
  return targetsOfParts(partsOf(entity), actionNamed((provider ?? {}) as JsonObject, entity["name"]));
}
