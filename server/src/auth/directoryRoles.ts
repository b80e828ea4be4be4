import { problem } from "../base/errors.ts";
import type { Place } from "../edm/model.ts";
import type { Caller } from "./caller.ts";

/** Template ids of the Entra directory roles that may work with security data. */
const writers = new Set([
  "194ae4cb-b126-40b2-bd5b-6091b380977d", // Security Administrator
  "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", // Security Operator
  "62e90394-69f5-4237-9190-012177145e10", // Global Administrator
  "3a2c62db-5318-420d-8d74-23affee5d9d5", // Intune Administrator
  "Security Administrator",
  "Security Operator",
  "Global Administrator",
  "Intune Administrator",
]);
const readers = new Set([
  ...writers,
  "5d6b6bb7-de71-4623-b4af-96380a352509", // Security Reader
  "f2ef992c-3afb-46b9-b7cf-a126ee74c451", // Global Reader
  "Security Reader",
  "Global Reader",
]);

/**
 * A person needs a directory role beside the scope, but only where the token says anything of roles
 * (`wids`, or the claim of SECGRAPH_ROLE_CLAIM). Throws 403.
 */
export function requireDirectoryRole(place: Place, access: "read" | "write", caller: Caller): void {
  if (caller.kind !== "delegated" || caller.directoryRoles === undefined) return;
  const enough = access === "read" ? readers : writers;
  for (const role of caller.directoryRoles) if (enough.has(role)) return;
  const wanted = access === "read" ? "Security Reader or Security Administrator" : "Security Administrator or Security Operator";
  throw problem("forbidden", { what: `The signed-in user needs the directory role ${wanted} for '${place.path}'.` });
}
