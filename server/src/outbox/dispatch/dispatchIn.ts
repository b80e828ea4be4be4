import { isObject, type JsonObject } from "../../base/json.ts";

/** The dispatch of an action; empty where nobody dispatches it. */
export function dispatchIn({ dispatch = null }: JsonObject): JsonObject {
  return isObject(dispatch) ? dispatch : {};
}
