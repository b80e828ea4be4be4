import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** The objects of a collection; none where there is no collection. */
export function objectsOf(values: Json | undefined): readonly JsonObject[] {
  return Array.isArray(values) ? (values as readonly Json[]).filter(isObject) : [];
}
