import { forGeo } from "../edm/primitives.ts";
import type { PrimitiveName, ValueType } from "../edm/types.ts";
import type { ScalarType } from "./typed.ts";

const byPrimitive: Readonly<Record<PrimitiveName, ScalarType>> = {
  "Edm.String": "string",
  "Edm.Boolean": "boolean",
  "Edm.Byte": "int",
  "Edm.SByte": "int",
  "Edm.Int16": "int",
  "Edm.Int32": "int",
  "Edm.Int64": "int",
  "Edm.Single": "double",
  "Edm.Double": "double",
  "Edm.Decimal": "decimal",
  "Edm.Guid": "guid",
  "Edm.Date": "date",
  "Edm.TimeOfDay": "timeOfDay",
  "Edm.DateTimeOffset": "dateTimeOffset",
  "Edm.Duration": "duration",
  "Edm.Binary": "binary",
  "Edm.Stream": "binary",
  "Edm.Untyped": "untyped",
  ...forGeo("untyped"),
};

/** How a value of this type compares; undefined for a complex type, which does not. */
export function scalarTypeOf(type: ValueType): ScalarType | undefined {
  switch (type.kind) {
    case "primitive":
      return byPrimitive[type.name];
    case "enum":
      return "enum";
    case "complex":
      return undefined;
  }
}
