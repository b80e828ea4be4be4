import { textOf, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";
import { isTerminal } from "./actionStates.ts";
import { dispatchOf } from "./dispatchState.ts";

/** What may be asked of an action in the state that it is in, by the names of the operations. */
export function possibleOperations(entity: JsonObject): readonly string[] {
  const status = textOf(entity["status"]);
  const dispatch = dispatchOf(entity);
  const state = textOf(dispatch?.["status"]);
  const isTakenBack = (dispatch?.["undoneBy"] ?? null) !== null;
  // What takes back is not taken back itself.
  if (status === "Completed" && state !== "dryRun" && !isTakenBack && (dispatch?.["undoes"] ?? null) === null) return ["undo"];
  if (isTerminal(status)) return [];
  if (state === "pendingApproval" && (dispatch?.["approval"] ?? null) !== null) return ["approve", "reject", "cancelSecurityAction"];
  return state === "deadLettered" ? ["retry", "drop", "cancelSecurityAction"] : ["cancelSecurityAction"];
}

/** 409: the state does not allow the operation; those that it allows stand in the message and, one each, in `details`. */
export function notPossible(operation: string, entity: JsonObject, why = ""): Refusal {
  const status = textOf(entity["status"]);
  const state = textOf(dispatchOf(entity)?.["status"]);
  const now = state === "" || state === "finished" ? status : `${status} (dispatch ${state})`;
  const possible = possibleOperations(entity).filter((one) => one !== operation);
  const what = `'${operation}' is not possible: the action is ${now}${why === "" ? "" : `; ${why}`}. Possible now: ${possible.join(", ") || "nothing"}.`;
  const details = possible.map((message) => ({ code: "AllowedOperation", message }));
  return { refuse: "actionTransition", parameters: { what }, extras: { ...(details.length > 0 && { details }) } };
}
