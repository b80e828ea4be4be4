import type { Json } from "../../base/json.ts";

/** Whether two names are those of one action: they are compared without case. */
export function sameAction(one: Json | undefined, other: string): boolean {
  return typeof one === "string" && one.toLowerCase() === other.toLowerCase();
}
