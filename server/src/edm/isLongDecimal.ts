import type { Property } from "./types.ts";

/** True for a Decimal that may have more than fifteen digits: more than a double tells apart. */
export function isLongDecimal({ type, precision }: Pick<Property, "type" | "precision">): boolean {
  return type.kind === "primitive" && type.name === "Edm.Decimal" && !(precision !== undefined && precision <= 15);
}
