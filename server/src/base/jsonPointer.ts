import { isObject, type Json } from "./json.ts";

/** Reads a JSON Pointer (RFC 6901) into its steps; undefined for a text that is none. */
export function parseJsonPointer(text: string): readonly string[] | undefined {
  if (text === "") return [];
  if (!text.startsWith("/") || /~(?![01])/.test(text)) return undefined;
  return text
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** What a pointer's steps lead to; undefined where there is nothing. Own members alone. */
export function atPointer(json: Json | undefined, steps: readonly string[]): Json | undefined {
  let at = json;
  for (const step of steps) {
    if (Array.isArray(at)) at = /^(?:0|[1-9]\d{0,8})$/.test(step) ? (at[Number(step)] as Json | undefined) : undefined;
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}
