import type { GeoName, PrimitiveName, PrimitiveType } from "./types.ts";

const geoKinds = ["", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "Collection"] as const;

/** The geographic and geometric types. */
export const geoNames: readonly GeoName[] = (["Geography", "Geometry"] as const).flatMap((family) => geoKinds.map((kind): GeoName => `Edm.${family}${kind}`));

const names: readonly PrimitiveName[] = [
  "Edm.String",
  "Edm.Boolean",
  "Edm.Byte",
  "Edm.SByte",
  "Edm.Int16",
  "Edm.Int32",
  "Edm.Int64",
  "Edm.Single",
  "Edm.Double",
  "Edm.Decimal",
  "Edm.Guid",
  "Edm.Date",
  "Edm.TimeOfDay",
  "Edm.DateTimeOffset",
  "Edm.Duration",
  "Edm.Binary",
  "Edm.Stream",
  "Edm.Untyped",
  ...geoNames,
];

/** The primitive types (CSDL 3.3) by lower-cased name. */
export const primitives: ReadonlyMap<string, PrimitiveType> = new Map(names.map((name) => [name.toLowerCase(), { kind: "primitive", name }]));

/** The same for every geographic and geometric type, for tables of all primitive types. */
export function forGeo<T>(value: T): Readonly<Record<GeoName, T>> {
  return Object.fromEntries(geoNames.map((name) => [name, value])) as Record<GeoName, T>;
}
