import { isObject, type JsonObject } from "../../base/json.ts";

/** The dispatch of an action; empty where nobody dispatches it. */
export function dispatchIn({ dispatch = null }: JsonObject): JsonObject {
  return isObject(dispatch) ? dispatch : {};
}

/** An instant that none is before: what has one is a range of an index, where "not null" is none. */
export const earliest = "0001-01-01T00:00:00Z";
