import type { Json, JsonObject } from "../../base/json.ts";
import type { Message, Stamp } from "../../edm/rules.ts";
import { withMembers } from "./stamped.ts";

/** NotStarted → Running → Completed | Failed; what has ended stays so (DESIGN 2). */
export const nextStates: Readonly<Record<string, readonly string[]>> = {
  NotStarted: ["Running", "Failed"],
  Running: ["Completed", "Failed"],
  Completed: [],
  Failed: [],
};

/** True for what has ended, well or not. */
export function isTerminal(status: string): boolean {
  return nextStates[status]?.length === 0;
}

function stateOf(status: string, stamp: Stamp): JsonObject {
  return { "@odata.type": "microsoft.graph.securityActionState", appId: stamp.appId, status, updatedDateTime: stamp.now, user: stamp.user };
}

/** What leaves with a change of an action. */
export function announce(kind: string, entity: JsonObject): Message {
  return { kind, payload: { id: entity["id"] ?? null } };
}

/** The entity in its next status, with the transition at the end of `states`. */
export function moved(entity: JsonObject, status: string, stamp: Stamp): JsonObject {
  const states = Array.isArray(entity["states"]) ? (entity["states"] as readonly Json[]) : [];
  const ended = isTerminal(status) ? { completedDateTime: stamp.now } : {};
  return withMembers(entity, { status, states: [...states, stateOf(status, stamp)], lastActionDateTime: stamp.now, ...ended });
}
