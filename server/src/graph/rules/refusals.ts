import { isObject, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";

/** A value that the rules of the resource do not take: 400 with the property as target. */
export function invalid(target: string, what: string): Refusal {
  return { refuse: "badRequest", parameters: { what }, extras: { target } };
}

/** A state that does not allow the change: 409. */
export function conflict(what: string): Refusal {
  return { refuse: "conflict", parameters: { what } };
}

/**
 * Updates of provider-backed entities carry vendorInformation with vendor and provider, as their pages
 * demand: it says whose copy is meant.
 */
export function vendorMissing(sent: JsonObject): Refusal | undefined {
  const information = sent["vendorInformation"];
  const missing = ["vendor", "provider"].find((name) => !isObject(information) || typeof information[name] !== "string");
  return missing === undefined ? undefined : invalid(`vendorInformation/${missing}`, `Property 'vendorInformation/${missing}' is required in an update.`);
}
