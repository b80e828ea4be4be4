import { allVerbs, boolean, entityType, enumType, evolvable, instant, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** A cloud app as each provider sees it. */
export const cloudAppSecurityProfiles: Resource = {
  name: "cloudAppSecurityProfiles",
  types: [
    enumType("applicationPermissionsRequired", evolvable("unknown", "anonymous", "guest", "user", "administrator", "system")),
    entityType("cloudAppSecurityProfile", {
      open: true,
      properties: {
        azureSubscriptionId: string(),
        azureTenantId: string({ setBy: "token" }),
        createdDateTime: instant({ setBy: "server", indexed: true }),
        deploymentPackageUrl: string(),
        destinationServiceName: string(),
        isSigned: boolean(),
        lastModifiedDateTime: instant({ setBy: "server" }),
        manifest: string(),
        name: string({ indexed: true }),
        permissionsRequired: of("applicationPermissionsRequired"),
        platform: string(),
        policyName: string(),
        publisher: string(),
        riskScore: string({ indexed: true }),
        tags: strings({ indexed: true }),
        type: string(),
        vendorInformation: of("securityVendorInformation"),
      },
      annotations: queryable,
    }),
  ],
  places: [
    set("security/cloudAppSecurityProfiles", "cloudAppSecurityProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId", created: ["createdDateTime"], modified: "lastModifiedDateTime" }),
      unique: ["name", "vendorInformation/vendor", "vendorInformation/provider", "vendorInformation/subProvider"],
    }),
  ],
};
