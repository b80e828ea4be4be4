import { derivedGuid, isGuid } from "../base/ids.ts";
import { OAuthFault } from "./oauthFault.ts";

/** The tenant names of Entra that mean "whichever". */
const anyTenant = new Set(["common", "organizations"]);

/** The tenant id behind a GUID or a domain-like name (R190): a name always leads to the same GUID. */
export function tenantId(name: string): string {
  const lower = name.toLowerCase();
  return isGuid(lower) ? lower : derivedGuid("tenant", lower);
}

/** True for `common` and `organizations`, where the application's own tenant counts. */
export function isAnyTenant(name: string): boolean {
  return anyTenant.has(name.toLowerCase());
}

/** The tenant id of a path segment; refuses malformed names and tenants that this installation does not serve. */
export function readTenant(segment: string, allowed: ReadonlySet<string> | "*"): string {
  const wellFormed = segment.length <= 128 && /^[a-z\d](?:[a-z\d._-]*[a-z\d])?$/i.test(segment);
  if (!wellFormed || segment.toLowerCase() === "consumers") throw unknownTenant(segment);
  const id = tenantId(segment);
  if (allowed !== "*" && !allowed.has(id)) throw unknownTenant(segment);
  return id;
}

/** AADSTS90002, as Entra answers for a tenant that it does not know. */
export function unknownTenant(segment: string): OAuthFault {
  const shown = segment.slice(0, 128).replaceAll(/[^\w.-]/g, "?");
  return new OAuthFault(
    "invalid_request",
    90002,
    `Tenant '${shown}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );
}
