import { allVerbs, collectionOf, complexType, double, entityType, instant, int32, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import { stamped } from "./rules/stamped.ts";
import type { Resource } from "../edm/resource.ts";

/** Snapshots of how secure a tenant is, as each provider sees it; kept for ever, newest first. */
export const secureScores: Resource = {
  name: "secureScores",
  types: [
    entityType("secureScore", {
      open: true,
      properties: {
        activeUserCount: int32({ description: "Active users of the tenant." }),
        averageComparativeScores: collectionOf("averageComparativeScore", { description: "What comparable tenants reach, by basis of comparison." }),
        azureTenantId: string({ nullable: false, setBy: "token", description: "The tenant, from the token." }),
        controlScores: collectionOf("controlScore", { description: "The points of each control; together they make the current score." }),
        createdDateTime: instant({ setBy: "serverDefault", indexed: true, description: "The moment of the snapshot: now, unless an importer says otherwise." }),
        currentScore: double({ description: "Points reached." }),
        enabledServices: strings({ indexed: true, description: "Services that count, such as HasExchange." }),
        licensedUserCount: int32({ description: "Licensed users of the tenant." }),
        maxScore: double({ description: "Points that can be reached." }),
        vendorInformation: of("securityVendorInformation", { immutable: true, description: "Who measured it." }),
      },
      annotations: queryable,
    }),
    complexType(
      "averageComparativeScore",
      {
        averageScore: double({ description: "The average; -1 where none is known." }),
        basis: string({ description: "AllTenants, TotalSeats or IndustryTypes." }),
      },
      { open: true },
    ),
    complexType(
      "controlScore",
      {
        controlCategory: string({ description: "Identity, Data, Device, Apps or Infrastructure." }),
        controlName: string({ indexed: true, description: "The id of the control's profile." }),
        description: string(),
        score: double({ description: "Points reached for this control." }),
      },
      { open: true },
    ),
  ],
  places: [
    set("security/secureScores", "secureScore", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      defaultOrder: [{ path: "createdDateTime", descending: true }],
      unique: ["vendorInformation/vendor", "vendorInformation/provider", "vendorInformation/subProvider", "day(createdDateTime)"],
      rules: stamped({ tenant: "azureTenantId", created: ["createdDateTime"] }),
    }),
  ],
};
