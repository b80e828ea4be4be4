import type { Typed } from "../plan/typed.ts";

/** True for a number that neither a double nor a whole number of 64 bits is: its digits are kept. */
export function isLong(typed: Typed): typed is Extract<Typed, { kind: "literal" }> & { readonly value: string } {
  return typed.kind === "literal" && typed.type === "decimal" && typeof typed.value === "string";
}
