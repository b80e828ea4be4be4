import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Refusal } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

const mostControls = 50;
const longestName = 512;

/** What a task says of how it is proven; undefined where no control is named. */
export interface Verification {
  readonly controlNames: readonly string[];
  readonly vendor: string | null;
  readonly provider: string;
  readonly state: string;
}

/** Reads `verification` of a task. */
export function verificationOf(entity: JsonObject): Verification | undefined {
  const { verification } = entity;
  if (!isObject(verification)) return undefined;
  const controlNames = namesOf(verification);
  const { vendor } = verification;
  if (controlNames.length === 0) return undefined;
  return {
    controlNames,
    vendor: typeof vendor === "string" ? vendor : null,
    provider: textOf(verification["provider"]),
    state: textOf(verification["state"]),
  };
}

function namesOf({ controlNames }: JsonObject): readonly string[] {
  return Array.isArray(controlNames) ? [...new Set((controlNames as readonly Json[]).filter((one) => typeof one === "string"))] : [];
}

/** A verification that nothing could prove. */
export function verificationRefusal({ verification }: JsonObject): Refusal | undefined {
  if (!isObject(verification)) return undefined;
  const names = namesOf(verification);
  const target = "verification/controlNames";
  if (names.length > mostControls) return invalid(target, `Property '${target}': expected at most ${mostControls} controls, got ${names.length}.`);
  const wrong = names.find((name) => name === "" || name.length > longestName);
  if (wrong !== undefined) return invalid(target, `Property '${target}': expected names of 1 to ${longestName} characters, got ${wrong.length}.`);
  if (names.length === 0 || textOf(verification["provider"]) !== "") return undefined;
  return invalid("verification/provider", "Property 'verification/provider' is required where controls are named: it says whose scores prove them.");
}

/** The task with its proof to be given anew: from its completion on it is unverified, before that there is nothing to prove. */
export function unproven(entity: JsonObject): JsonObject {
  const { verification } = entity;
  if (!isObject(verification)) return entity;
  const state = entity["status"] === "completed" && verificationOf(entity) !== undefined ? "unverified" : null;
  return withMembers(entity, {
    verification: withMembers(verification, { state, checkedDateTime: null, evidence: [] }),
  });
}

/** True where another proof is asked for than before. */
export function asksOtherwise(entity: JsonObject, before: JsonObject | undefined): boolean {
  const asked = (one: JsonObject | undefined): string => {
    const { verification = null } = one ?? {};
    return isObject(verification) ? JSON.stringify([namesOf(verification), verification["vendor"] ?? null, verification["provider"] ?? null]) : "";
  };
  return asked(entity) !== asked(before);
}

/** The profile of a control, unless it is that of another provider's control of the same name. */
export function profileOf(found: Json | undefined, provider: string): JsonObject | null {
  if (!isObject(found)) return null;
  const { vendorInformation } = found;
  const owner = isObject(vendorInformation) ? vendorInformation["provider"] : null;
  return typeof owner !== "string" || owner === provider ? found : null;
}
