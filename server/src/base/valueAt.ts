import { isObject, type Json } from "./json.ts";

/** The place of an item in an ordered collection, as a segment has it: from the beginning, or negative from the end (OData 4.01 URL Conventions 4.12). */
export function readOrdinal(segment: string): number | undefined {
  return /^-?\d{1,15}$/.test(segment) ? Number(segment) : undefined;
}

/** Where in a list the item lies that an ordinal means; undefined where there is none. */
export function indexOf(list: readonly Json[], ordinal: number): number | undefined {
  const index = ordinal < 0 ? list.length + ordinal : ordinal + 0;
  return index >= 0 && index < list.length ? index : undefined;
}

/** The value at the end of a path of names and ordinals; undefined where the way ends before. */
export function valueAt(value: Json | undefined, steps: readonly string[]): Json | undefined {
  return steps.reduce(stepInto, value);
}

function stepInto(value: Json | undefined, step: string): Json | undefined {
  if (isObject(value)) return Object.hasOwn(value, step) ? value[step] : undefined;
  const ordinal = Array.isArray(value) ? readOrdinal(step) : undefined;
  return ordinal === undefined ? undefined : (value as readonly Json[]).at(ordinal);
}
