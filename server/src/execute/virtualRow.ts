import { bodyOf } from "../base/storedBody.ts";
import type { Permitted } from "../auth/permitted.ts";
import type { JsonObject } from "../base/json.ts";
import { completeEntity } from "../edm/completeEntity.ts";
import { keyMembers } from "../edm/keyText.ts";
import type { EntityType } from "../edm/types.ts";
import type { EntityTarget } from "../plan/plan.ts";
import type { Row } from "../store/store.ts";

/**
 * The row of a singleton that nothing was written to yet: a home hub (DESIGN 2), one that begins with its defaults, or one that only
 * holds collections. Undefined for everything that has to be stored to exist.
 */
export function virtualRow(permitted: Permitted, target: EntityTarget): Row | undefined {
  const { scope } = permitted;
  if (scope.kind !== "hub") return undefined;
  const { place, hub } = target;
  const isHome = place.definition.hub !== undefined && !scope.hub.real && (hub.kind === "home" || target.key === scope.hub.id);
  if (!isHome && place.definition.virtual !== true && place.definition.usual !== true) return undefined;
  const { id } = scope.hub;
  const entity = isHome ? emptyHub(place.type, id, permitted.caller.tenant) : emptyEntity(place.type, id);
  return { hub: id, parents: [], id, seq: 0, type: place.type.name, body: bodyOf(entity, 0) };
}

/** A tenant's home hub before anybody has said anything of it. */
export function emptyHub(type: EntityType, id: string, tenant: string): JsonObject {
  return { ...emptyEntity(type, id), azureTenantId: tenant };
}

function emptyEntity(type: EntityType, id: string): JsonObject {
  return completeEntity(type, { "@odata.type": `#${type.name}`, ...keyMembers(type, id) });
}
