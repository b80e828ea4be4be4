import { allVerbs, boolean, collectionOf, complexType, entityType, enumType, evolvable, instant, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** A host as each provider sees it, who signed in there, and its network interfaces. */
export const hostSecurityProfiles: Resource = {
  name: "hostSecurityProfiles",
  types: [
    entityType("hostSecurityProfile", {
      open: true,
      properties: {
        azureSubscriptionId: string(),
        azureTenantId: string({ nullable: false, setBy: "token" }),
        firstSeenDateTime: instant(),
        fqdn: string({ indexed: true }),
        isAzureAdJoined: boolean(),
        isAzureAdRegistered: boolean(),
        isHybridAzureDomainJoined: boolean(),
        lastSeenDateTime: instant({ indexed: true }),
        logonUsers: collectionOf("logonUser"),
        netBiosName: string(),
        networkInterfaces: collectionOf("networkInterface"),
        os: string(),
        osVersion: string(),
        parentHost: string(),
        relatedHostIds: strings(),
        riskScore: string({ indexed: true }),
        tags: strings({ indexed: true }),
        vendorInformation: of("securityVendorInformation"),
      },
      annotations: queryable,
    }),
    complexType("networkInterface", {
      description: string(),
      ipV4Address: string(),
      ipV6Address: string(),
      localIpV6Address: string(),
      macAddress: string(),
    }),
    enumType("logonType", evolvable("unknown", "interactive", "remoteInteractive", "network", "batch", "service")),
    enumType("userAccountSecurityType", evolvable("unknown", "standard", "power", "administrator")),
    complexType("logonUser", {
      accountDomain: string(),
      accountName: string(),
      accountType: of("userAccountSecurityType"),
      firstSeenDateTime: instant(),
      lastSeenDateTime: instant(),
      logonId: string(),
      logonTypes: collectionOf("logonType"),
    }),
  ],
  places: [
    set("security/hostSecurityProfiles", "hostSecurityProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId" }),
      unique: ["fqdn", "vendorInformation/vendor", "vendorInformation/provider", "vendorInformation/subProvider"],
    }),
  ],
};
