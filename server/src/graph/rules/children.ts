import { textOf, type JsonObject } from "../../base/json.ts";
import type { AlsoWrite, Found, NamedReads } from "../../edm/rules.ts";
import { isBulk } from "./actionParts.ts";

/** The place of actions. */
export const actionsPlace = "security/securityActions";
export const actionType = "microsoft.graph.securityAction";

/** Reads the children of an action that has any. */
export function childReads(entity: JsonObject): NamedReads {
  return isBulk(entity) ? { children: { kind: "where", place: actionsPlace, path: "dispatch/parentId", equals: entity["id"] ?? "", limit: 1000 } } : {};
}

/** The children that were found. */
export function childrenOf(found: Found): readonly JsonObject[] {
  return (found["children"] ?? []) as readonly JsonObject[];
}

/** An action as a further row of a decision. */
export function written(entity: JsonObject): AlsoWrite {
  return { place: actionsPlace, id: textOf(entity["id"]), type: actionType, entity };
}
