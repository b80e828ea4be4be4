import { allVerbs, boolean, collectionOf, complexType, double, entityType, instant, int32, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import { updateControl } from "./rules/controlStates.ts";
import { stamped } from "./rules/stamped.ts";
import type { Resource } from "../edm/resource.ts";

/** What each control of a secure score means and what was decided about it; the id is the control's name (`AdminMFA`). */
export const secureScoreControlProfiles: Resource = {
  name: "secureScoreControlProfiles",
  types: [
    entityType("secureScoreControlProfile", {
      open: true,
      properties: {
        actionType: string({ description: "Config, Review or Behavior." }),
        actionUrl: string(),
        azureTenantId: string({ nullable: false, setBy: "token" }),
        complianceInformation: collectionOf("complianceInformation"),
        controlCategory: string({ indexed: true }),
        controlStateUpdates: collectionOf("secureScoreControlStateUpdate", {
          setBy: "server",
          description: "What was decided about the control, oldest first.",
        }),
        deprecated: boolean(),
        implementationCost: string({ description: "low, moderate or high." }),
        lastModifiedDateTime: instant({ setBy: "server" }),
        maxScore: double(),
        rank: int32({ indexed: true, description: "Place in the order of importance; 1 comes first." }),
        remediation: string({ searchable: true }),
        remediationImpact: string(),
        service: string({ indexed: true }),
        threats: strings(),
        tier: string({ description: "Core, Defense in Depth or Advanced." }),
        title: string({ searchable: true }),
        userImpact: string(),
        vendorInformation: of("securityVendorInformation"),
      },
      annotations: queryable,
    }),
    complexType("secureScoreControlStateUpdate", {
      assignedTo: string(),
      comment: string(),
      state: string(),
      updatedBy: string(),
      updatedDateTime: instant(),
    }),
    complexType(
      "complianceInformation",
      {
        certificationControls: collectionOf("certificationControl"),
        certificationName: string(),
      },
      { open: true },
    ),
    complexType(
      "certificationControl",
      {
        name: string(),
        url: string(),
      },
      { open: true },
    ),
  ],
  places: [
    set("security/secureScoreControlProfiles", "secureScoreControlProfile", {
      verbs: allVerbs,
      permissions: permissions.securityEvents,
      clientId: true,
      rules: stamped({ tenant: "azureTenantId", modified: "lastModifiedDateTime" }, { update: updateControl }),
      patchOnly: { assignedTo: string(), comment: string(), state: string({ description: "Default, Ignored, ThirdParty or Reviewed." }) },
    }),
  ],
};
