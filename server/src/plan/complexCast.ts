import type { ComplexType, Property } from "../edm/types.ts";
import type { Origin, Typed } from "./typed.ts";

/** A complex value, taken as one of a derived type (OData URL Conventions 4.11, 5.1.1.15). */
export interface ComplexCast {
  readonly origin: Origin;
  /** Names from the origin to the value. */
  readonly steps: readonly string[];
  /** The type that is declared, and the one that is cast to. */
  readonly from: ComplexType;
  readonly to: ComplexType;
}

/** True when the value is of that type or of one derived from it: stored values say theirs. Never null. */
export function isOfComplex({ origin, steps, to }: ComplexCast): Typed {
  const left: Typed = { kind: "path", type: "untyped", path: { origin, steps: [...steps, "@odata.type"], dynamic: true, type: "untyped" } };
  const items = [to, ...to.derived].map(({ name }): Typed => ({ kind: "literal", type: "string", value: name }));
  return { kind: "in", type: "boolean", left, items };
}

/** Whether a value of another type may have something of this name too: then its type has to be looked at. */
export function isShared({ from, to }: ComplexCast, { name }: Property): boolean {
  const others = [from, ...from.derived].filter((type) => type !== to && !to.derived.includes(type));
  return others.some((type) => type.open || type.allProperties.some((property) => property.name === name));
}

/** The value behind casts: null where one of them does not fit. */
export function behindCasts(value: Typed, casts: readonly ComplexCast[]): Typed {
  if (casts.length === 0) return value;
  const tests = casts.map(isOfComplex).reduce((left, right): Typed => ({ kind: "binary", type: "boolean", operator: "and", left, right }));
  return { kind: "case", type: value.type, branches: [{ when: tests, gives: value }] };
}
