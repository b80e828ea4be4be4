import type { PrimitiveName } from "../edm/types.ts";
import type { Leaf } from "./apply.ts";
import { scalarTypeOf } from "./scalarTypes.ts";
import type { Bound } from "./scope.ts";
import type { ScalarType, Typed } from "./typed.ts";

const byScalar: Readonly<Record<Exclude<ScalarType, "enum">, PrimitiveName>> = {
  string: "Edm.String",
  boolean: "Edm.Boolean",
  int: "Edm.Int64",
  double: "Edm.Double",
  decimal: "Edm.Decimal",
  dateTimeOffset: "Edm.DateTimeOffset",
  date: "Edm.Date",
  timeOfDay: "Edm.TimeOfDay",
  duration: "Edm.Duration",
  guid: "Edm.Guid",
  binary: "Edm.Binary",
  null: "Edm.String",
  untyped: "Edm.Untyped",
};

/** A primitive type. */
export const leaf = (name: PrimitiveName): Leaf => ({ kind: "primitive", name });

/** The type of what an expression yields; undefined for a value that no type declares. */
export function leafOf({ typed, enumType }: Bound): Leaf | undefined {
  if (enumType !== undefined) return enumType;
  if (typed.kind === "column") return typed.value;
  if (typed.kind === "path" && typed.path.property !== undefined && typed.path.property.type.kind !== "complex") return typed.path.property.type;
  if (typed.type === "untyped" || typed.type === "enum") return undefined;
  return leaf(isSmall(typed) ? "Edm.Int32" : byScalar[typed.type]);
}

/** Functions that count characters, or parts of a date. */
function isSmall(typed: Typed): boolean {
  return typed.kind === "call" && typed.type === "int" && ["length", "indexof", "year", "month", "day", "hour", "minute", "second"].includes(typed.name);
}

/** A column of a type. */
export function columnOf(id: string, value: Leaf): Typed {
  return { kind: "column", type: scalarTypeOf(value) ?? "untyped", id, value };
}
