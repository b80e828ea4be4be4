import { action, allVerbs, boolean, entityType, enumType, evolvable, instant, int32, int64, of, set, string, strings } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { queryable } from "./queryable.ts";
import { checkIndicator, createIndicator, deleteIndicators, deleteIndicatorsByExternalId } from "./rules/indicators.ts";
import { stamped } from "./rules/stamped.ts";
import type { Resource } from "../edm/resource.ts";

const indicators = { name: "bindparameter", type: "tiIndicator", collection: true } as const;
const ids = [{ name: "value", type: "Edm.String", collection: true, unicode: false }] as const;

/** Threat indicators: what to watch for, and what to do when it is seen. */
export const tiIndicators: Resource = {
  name: "tiIndicators",
  types: [
    enumType("tiAction", evolvable("unknown", "allow", "block", "alert")),
    enumType("tlpLevel", evolvable("unknown", "white", "green", "amber", "red")),
    enumType("diamondModel", evolvable("unknown", "adversary", "capability", "infrastructure", "victim")),
    entityType("tiIndicator", {
      open: true,
      properties: {
        action: of("tiAction"),
        activityGroupNames: strings(),
        additionalInformation: string(),
        appId: string({ setBy: "token", indexed: true, extension: true, description: "The application that made it, from the token." }),
        azureTenantId: string({ setBy: "token" }),
        confidence: int32({ description: "0 to 100." }),
        description: string(),
        diamondModel: of("diamondModel"),
        domainName: string({ indexed: true }),
        emailEncoding: string(),
        emailLanguage: string(),
        emailRecipient: string(),
        emailSenderAddress: string(),
        emailSenderName: string(),
        emailSourceDomain: string(),
        emailSourceIpAddress: string(),
        emailSubject: string(),
        emailXMailer: string(),
        expirationDateTime: instant({ indexed: true }),
        externalId: string({ indexed: true }),
        fileCompileDateTime: instant(),
        fileCreatedDateTime: instant(),
        fileHashType: of("fileHashType"),
        fileHashValue: string({ indexed: true }),
        fileMutexName: string(),
        fileName: string(),
        filePacker: string(),
        filePath: string(),
        fileSize: int64(),
        fileType: string(),
        ingestedDateTime: instant({ setBy: "server", indexed: true }),
        isActive: boolean({ setBy: "clientDefault", default: true }),
        killChain: strings(),
        knownFalsePositives: string(),
        lastReportedDateTime: instant(),
        malwareFamilyNames: strings(),
        networkCidrBlock: string(),
        networkDestinationAsn: int64(),
        networkDestinationCidrBlock: string(),
        networkDestinationIPv4: string(),
        networkDestinationIPv6: string(),
        networkDestinationPort: int32(),
        networkIPv4: string({ indexed: true }),
        networkIPv6: string(),
        networkPort: int32(),
        networkProtocol: int32(),
        networkSourceAsn: int64(),
        networkSourceCidrBlock: string(),
        networkSourceIPv4: string(),
        networkSourceIPv6: string(),
        networkSourcePort: int32(),
        passiveOnly: boolean({ setBy: "clientDefault", default: false }),
        severity: int32({ setBy: "clientDefault", default: 3, description: "0 to 5." }),
        tags: strings({ indexed: true }),
        targetProduct: string({ nullable: false }),
        threatType: string({ indexed: true }),
        tlpLevel: of("tlpLevel"),
        url: string({ indexed: true }),
        userAgent: string(),
      },
      annotations: queryable,
    }),
  ],
  places: [
    set("security/tiIndicators", "tiIndicator", {
      verbs: allVerbs,
      permissions: permissions.threatIndicators,
      owner: "appId",
      unique: ["externalId"],
      required: ["action", "description", "expirationDateTime", "targetProduct", "threatType", "tlpLevel"],
      rules: stamped({ tenant: "azureTenantId", app: "appId", created: ["ingestedDateTime"] }, { create: createIndicator, update: checkIndicator }),
    }),
  ],
  operations: [
    action("submitTiIndicators", indicators, {
      parameters: [{ name: "value", type: "tiIndicator", collection: true, bodies: "create" }],
      returns: { type: "tiIndicator", collection: true },
    }),
    action("updateTiIndicators", indicators, {
      parameters: [{ name: "value", type: "tiIndicator", collection: true, bodies: "update" }],
      returns: { type: "tiIndicator", collection: true },
    }),
    action("deleteTiIndicators", indicators, {
      parameters: ids,
      returns: { type: "resultInfo", collection: true },
      collectionRule: deleteIndicators,
    }),
    action("deleteTiIndicatorsByExternalId", indicators, {
      parameters: ids,
      returns: { type: "resultInfo", collection: true },
      collectionRule: deleteIndicatorsByExternalId,
    }),
  ],
};
