import type { JsonObject } from "./json.ts";

/** Where an entity that was read carries its version: no member, so that nothing prints it, but copies of the entity keep it. */
const version = Symbol("version");

/** The entity, marked with the version that it was read in. */
export function withReadVersion(entity: JsonObject, seq: number | undefined): JsonObject {
  return seq === undefined ? entity : Object.assign(entity, { [version]: seq });
}

/** The version that an entity, or what it was copied from, was read in. */
export function readVersionOf(entity: JsonObject): number | undefined {
  return (entity as { readonly [version]?: number })[version];
}
