import { problem } from "../base/errors.ts";
import { system } from "../edm/systemPermission.ts";
import type { Caller } from "./caller.ts";

/** A caller has one of these permissions (R174, R177). Throws 403 that names what is missing, as the live service words it. */
export function requireOneOf(wanted: readonly string[], caller: Caller): void {
  if (wanted.some((permission) => caller.permissions.has(permission))) return;
  throw problem("forbidden", { what: missing(wanted, caller) });
}

function missing(allowed: readonly string[], caller: Caller): string {
  const wanted = allowed.filter((permission) => permission !== system);
  const has = [...caller.permissions].toSorted().join(",");
  return caller.kind === "application"
    ? `Missing application roles. API required roles: ${wanted.join(",")}, application roles: ${has}.`
    : `Missing scope permissions on the request. API requires one of '${wanted.join(", ")}'. Scopes on the request '${has}'.`;
}
