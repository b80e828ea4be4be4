import { allVerbs, collectionOf, complexType, entityType, instant, int32, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** A domain as each provider sees it. */
export const domainSecurityProfiles: Resource = {
  name: "domainSecurityProfiles",
  types: [
    entityType("domainSecurityProfile", {
      open: true,
      properties: {
        activityGroupNames: strings(),
        azureSubscriptionId: string(),
        azureTenantId: string({ nullable: false, setBy: "token" }),
        countHits: int32(),
        countInOrg: int32(),
        domainCategories: collectionOf("reputationCategory"),
        domainRegisteredDateTime: instant(),
        firstSeenDateTime: instant(),
        lastSeenDateTime: instant({ indexed: true }),
        name: string({ indexed: true }),
        registrant: of("domainRegistrant"),
        riskScore: string({ indexed: true }),
        tags: strings({ indexed: true }),
        vendorInformation: of("securityVendorInformation"),
      },
      annotations: queryable,
    }),
    complexType("domainRegistrant", {
      countryOrRegionCode: string(),
      organization: string(),
      url: string(),
      vendor: string(),
    }),
    complexType("reputationCategory", {
      description: string(),
      name: string(),
      vendor: string(),
    }),
  ],
  places: [
    set("security/domainSecurityProfiles", "domainSecurityProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId" }),
      unique: ["name", "vendorInformation/vendor", "vendorInformation/provider", "vendorInformation/subProvider"],
    }),
  ],
};
