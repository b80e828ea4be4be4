import type { PrimitiveName, PrimitiveType } from "./types.ts";

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
];

/** The primitive types (CSDL 3.3) by lower-cased name. */
export const primitives: ReadonlyMap<string, PrimitiveType> = new Map(names.map((name) => [name.toLowerCase(), { kind: "primitive", name }]));
