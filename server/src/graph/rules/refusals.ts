import { problem } from "../../base/errors.ts";
import { isObject, type Json } from "../../base/json.ts";
import type { Draft, Refusal } from "../../edm/rules.ts";

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
 * demand: it says whose copy is meant, so another provider's copy is not what is found here.
 */
export function vendorRefusal({ sent, before }: Draft): Refusal | undefined {
  for (const name of ["vendor", "provider"]) {
    const target = `vendorInformation/${name}`;
    const said = memberOf(sent["vendorInformation"], name);
    if (typeof said !== "string") return invalid(target, `Property '${target}' is required in an update.`);
    const kept = memberOf(before?.["vendorInformation"], name);
    if (typeof kept === "string" && kept !== said) return invalid(target, `Property '${target}': this object belongs to '${kept}', not to '${said}'.`);
  }
  return undefined;
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

/** What a refusal says, as text. */
export function wordsOf({ refuse, parameters = {}, extras = {} }: Refusal): string {
  return problem(refuse, parameters, extras).message;
}
