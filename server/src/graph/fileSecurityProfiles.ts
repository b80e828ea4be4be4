import { allVerbs, collectionOf, entityType, instant, int64, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** A file as each provider sees it. */
export const fileSecurityProfiles: Resource = {
  name: "fileSecurityProfiles",
  types: [
    entityType("fileSecurityProfile", {
      open: true,
      properties: {
        activityGroupNames: strings(),
        azureSubscriptionId: string(),
        azureTenantId: string({ nullable: false, setBy: "token" }),
        certificateThumbprint: string(),
        extensions: strings(),
        fileType: string(),
        firstSeenDateTime: instant(),
        hashes: collectionOf("fileHash"),
        lastSeenDateTime: instant({ indexed: true }),
        malwareStates: collectionOf("malwareState"),
        names: strings(),
        riskScore: string({ indexed: true }),
        size: int64(),
        tags: strings({ indexed: true }),
        vendorInformation: of("securityVendorInformation"),
        vulnerabilityStates: collectionOf("vulnerabilityState"),
      },
      annotations: queryable,
    }),
  ],
  places: [
    set("security/fileSecurityProfiles", "fileSecurityProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId" }),
    }),
  ],
};
