import { allVerbs, boolean, entityType, instant, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { followedByStatus } from "./rules/providerStatus.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** The providers that a tenant has switched on: the registry of connectors. */
export const providerTenantSettings: Resource = {
  name: "providerTenantSettings",
  types: [
    entityType("providerTenantSetting", {
      properties: {
        azureTenantId: string({ nullable: false, setBy: "token" }),
        enabled: boolean(),
        lastModifiedDateTime: instant({ setBy: "server" }),
        provider: string({ indexed: true }),
        vendor: string({ indexed: true }),
      },
      annotations: queryable,
    }),
  ],
  places: [
    set("security/providerTenantSettings", "providerTenantSetting", {
      verbs: allVerbs,
      permissions: permissions.ownHub,
      sharing: "securities",
      rules: stamped({ tenant: "azureTenantId", modified: "lastModifiedDateTime" }, followedByStatus),
      unique: ["vendor", "provider"],
    }),
  ],
};
