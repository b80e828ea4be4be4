import { allVerbs, collectionOf, complexType, entityType, instant, int32, int64, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** An IP address as each provider sees it. */
export const ipSecurityProfiles: Resource = {
  name: "ipSecurityProfiles",
  types: [
    entityType("ipSecurityProfile", {
      open: true,
      properties: {
        activityGroupNames: strings(),
        address: string({ indexed: true }),
        azureSubscriptionId: string(),
        azureTenantId: string({ nullable: false, setBy: "token" }),
        countHits: int32(),
        countHosts: int32(),
        firstSeenDateTime: instant(),
        ipCategories: collectionOf("ipCategory"),
        ipReferenceData: collectionOf("ipReferenceData"),
        lastSeenDateTime: instant({ indexed: true }),
        riskScore: string({ indexed: true }),
        tags: strings({ indexed: true }),
        vendorInformation: of("securityVendorInformation"),
      },
      annotations: queryable,
    }),
    complexType("ipCategory", {
      description: string(),
      name: string(),
      vendor: string(),
    }),
    complexType("ipReferenceData", {
      asn: int64(),
      city: string(),
      countryOrRegionCode: string(),
      organization: string(),
      state: string(),
      vendor: string(),
    }),
  ],
  places: [
    set("security/ipSecurityProfiles", "ipSecurityProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId" }),
      unique: ["address", "vendorInformation/vendor", "vendorInformation/provider", "vendorInformation/subProvider"],
    }),
  ],
};
