import { createHash } from "node:crypto";
import { isLongDecimal } from "./isLongDecimal.ts";
import { relationsOf } from "./links.ts";
import type { Place } from "./model.ts";
import type { ComplexType, EntityType, EnumType } from "./types.ts";

/** SHA-256 over all that shapes rows: types, members and their indexes, places and their orders. Texts, permissions and rules do not count. */
export function modelVersion(types: readonly (EnumType | ComplexType | EntityType)[], places: readonly Place[]): string {
  const relations = relationsOf({ places }).map(({ name, source, target, columns }) => [name, source.path, target.path, columns]);
  // Members of derived complex types have columns.
  const inValues = types.some((type) => type.kind === "complex" && type.derived.length > 0) && { derivedMembers: 1 };
  // So have flags beyond 32 bits, all of them.
  const ofFlags = types.some((type) => type.kind === "enum" && type.flags && type.members.some(({ value }) => value >= 2 ** 31)) && { wideFlags: 1 };
  // Columns of long decimals were numbers once; now there are others, of texts.
  const inDecimals = types.some((type) => type.kind !== "enum" && type.properties.some(isLongDecimal)) && { longDecimals: 2 };
  const marks = { ...inValues, ...ofFlags, ...inDecimals };
  const shape = { types: types.map(shapeOfType), places: places.map(shapeOfPlace), ...(relations.length > 0 && { relations }), ...marks };
  return createHash("sha256").update(JSON.stringify(shape)).digest("hex");
}

function shapeOfType(type: EnumType | ComplexType | EntityType): unknown {
  if (type.kind === "enum") return [type.name, type.flags, type.members.map(({ name, value }) => [name, value])];
  const properties = type.properties.map(({ name, type: value, collection, indexed, precision, scale, searchable }) => [
    name,
    value.name,
    collection,
    indexed,
    precision,
    scale,
    ...(searchable ? ["searchable"] : []),
  ]);
  const key = type.kind === "entity" ? type.key : [];
  return [type.kind, type.name, type.base?.name, type.open, key, properties];
}

function shapeOfPlace({ path, kind, type, depth, definition, alternate }: Place): unknown {
  const { defaultOrder, unique, clientId, virtual, journal, queues = [] } = definition;
  return [
    path,
    kind,
    type.name,
    depth,
    defaultOrder,
    unique,
    clientId,
    virtual,
    // Views over what is in it.
    ...(journal === true ? ["with its collections"] : []),
    ...(queues.length === 0 ? [] : [{ queues }]),
    ...(alternate === undefined ? [] : [alternate.parts.map(({ steps }) => steps)]),
  ];
}
