import { textOf, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";

/** A reference that names no ticket, or an address that is not one of the web. */
export function referenceRefusal({ externalReference = null, externalUrl = null }: JsonObject): Refusal | undefined {
  if (externalReference !== null && textOf(externalReference).trim() === "") {
    return invalid("externalReference", "Property 'externalReference': expected the name of a ticket, or null.");
  }
  if (externalUrl === null || isWebAddress(textOf(externalUrl))) return undefined;
  return invalid("externalUrl", "Property 'externalUrl': expected an address that begins with https:// or http://.");
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
