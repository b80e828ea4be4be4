import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Stamp } from "../../edm/rules.ts";
import { moved } from "./actionStates.ts";
import { withMembers } from "./stamped.ts";

/** A dispatch of which nothing is known yet: every member that its type declares. */
const fresh: JsonObject = {
  "@odata.type": "microsoft.graph.securityActionDispatch",
  status: null,
  connectorId: null,
  reporterAppId: null,
  guarantee: null,
  attempts: 0,
  failures: 0,
  fencingToken: null,
  nextAttemptDateTime: null,
  acceptedDateTime: null,
  handle: null,
  expiresDateTime: null,
  undoes: null,
  undoneBy: null,
  parentId: null,
  cancelRequestedBy: null,
  cancelRequestedDateTime: null,
  approval: null,
  wouldSend: null,
};

/** How the dispatch of an action stands; undefined where nobody dispatches it. */
export function dispatchOf(action: JsonObject): JsonObject | undefined {
  const { dispatch = null } = action;
  return isObject(dispatch) ? dispatch : undefined;
}

/** Whether this hub carries it out; otherwise a program of its provider looks for it, and says itself how it goes. */
export function isDispatched(action: JsonObject): boolean {
  return textOf(dispatchOf(action)?.["status"]) !== "";
}

/** The action with some members of its dispatch set anew. */
export function withDispatch(action: JsonObject, members: Readonly<Record<string, Json>>): JsonObject {
  return withMembers(action, { dispatch: { ...fresh, ...dispatchOf(action), ...members } });
}

/** Nobody looks at it any more: it has come to an end, or somebody has to say how it goes on. */
const left = { nextAttemptDateTime: null, acceptedDateTime: null, handle: null };

/** The action, ended: nothing of it is left to be done. */
export function ended(action: JsonObject, status: "Completed" | "Failed", errorInfo: Json, stamp: Stamp): JsonObject {
  return withDispatch(moved(withMembers(action, { errorInfo }), status, stamp), { ...left, status: "finished" });
}

/** The action in the queue of its connector, due at an instant. */
export function queued(action: JsonObject, status: "queued" | "retrying", due: string): JsonObject {
  return withDispatch(action, { ...left, status, nextAttemptDateTime: due });
}

/** The action as a dead letter: it runs no further and has not ended, until somebody retries or drops it, or word comes of it after all. */
export function deadLetter(action: JsonObject, errorInfo: Json, stamp: Stamp): JsonObject {
  const entity = withMembers(action, { errorInfo, lastActionDateTime: stamp.now });
  return withDispatch(entity, { ...left, status: "deadLettered" });
}

/** An errorInfo (resultInfo). */
export function resultInfo(code: number, message: string): JsonObject {
  return { "@odata.type": "microsoft.graph.resultInfo", code, message: message.slice(0, 2000).toWellFormed(), subcode: 0 };
}

/** Who asks, as people read it. */
export function askedBy({ user, appId }: Pick<Stamp, "user" | "appId">): string {
  return user ?? appId;
}

/** Whether it is to be ended, and by whom. */
export function cancelledBy(dispatch: JsonObject): string | undefined {
  const by = textOf(dispatch["cancelRequestedBy"]);
  return by === "" ? undefined : by;
}
