import { allVerbs, collectionOf, complexType, entityType, enumType, evolvable, instant, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** A person as each provider sees them. */
export const userSecurityProfiles: Resource = {
  name: "userSecurityProfiles",
  types: [
    enumType("accountStatus", evolvable("unknown", "staged", "active", "suspended", "deleted")),
    entityType("userSecurityProfile", {
      open: true,
      properties: {
        accounts: collectionOf("userAccount", { description: "The person's accounts in single services." }),
        azureSubscriptionId: string({ description: "The subscription, where the person belongs to one." }),
        azureTenantId: string({ nullable: false, setBy: "token", description: "The tenant, from the token." }),
        createdDateTime: instant({
          setBy: "serverDefault",
          indexed: true,
          description: "When the profile came to be: now, unless an importer says otherwise.",
        }),
        displayName: string({ indexed: true, description: "The person's name." }),
        lastModifiedDateTime: instant({ setBy: "server", indexed: true }),
        riskScore: string({ indexed: true, description: "The provider's own scale: free text." }),
        tags: strings({ indexed: true, description: "Labels that analysts give and filter by." }),
        userPrincipalName: string({ immutable: true, indexed: true, description: "The sign-in name; providers' views of one person share it." }),
        vendorInformation: of("securityVendorInformation", { immutable: true, description: "Whose view this is." }),
      },
      annotations: queryable,
    }),
    complexType("userAccount", {
      displayName: string(),
      lastSeenDateTime: instant(),
      riskScore: string(),
      service: string(),
      signinName: string(),
      status: of("accountStatus"),
    }),
  ],
  places: [
    set("security/userSecurityProfiles", "userSecurityProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId", created: ["createdDateTime"], modified: "lastModifiedDateTime" }),
      unique: ["userPrincipalName", "vendorInformation/vendor", "vendorInformation/provider", "vendorInformation/subProvider"],
    }),
  ],
};
