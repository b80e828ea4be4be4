import {
  action,
  allVerbsBut,
  collectionOf,
  complexType,
  entityType,
  enumType,
  evolvable,
  instant,
  int32,
  members,
  of,
  set,
  string,
  strings,
} from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { updateAlert } from "./rules/alertHistory.ts";
import { stamped } from "./rules/stamped.ts";
import { queryable } from "./queryable.ts";
import type { Resource } from "../edm/resource.ts";

/** Alerts of the first generation, pushed by providers and worked on by analysts. */
export const alerts: Resource = {
  name: "alerts",
  types: [
    enumType("alertSeverity", evolvable("unknown", "informational", "low", "medium", "high")),
    enumType("alertStatus", evolvable("unknown", "newAlert", "inProgress", "resolved", "dismissed")),
    enumType("alertFeedback", evolvable("unknown", "truePositive", "falsePositive", "benignPositive")),
    entityType("alert", {
      open: true,
      properties: {
        activityGroupName: string(),
        alertDetections: collectionOf("alertDetection"),
        assignedTo: string({ indexed: true }),
        azureSubscriptionId: string(),
        azureTenantId: string({ nullable: false, setBy: "token" }),
        category: string({ indexed: true }),
        closedDateTime: instant(),
        cloudAppStates: collectionOf("cloudAppSecurityState"),
        comments: strings(),
        confidence: int32(),
        createdDateTime: instant({ setBy: "server", indexed: true }),
        description: string({ searchable: true }),
        detectionIds: strings(),
        eventDateTime: instant({ indexed: true }),
        feedback: of("alertFeedback"),
        fileStates: collectionOf("fileSecurityState"),
        historyStates: collectionOf("alertHistoryState"),
        hostStates: collectionOf("hostSecurityState"),
        incidentIds: strings(),
        investigationSecurityStates: collectionOf("investigationSecurityState"),
        lastEventDateTime: instant(),
        lastModifiedDateTime: instant({ setBy: "server", indexed: true }),
        malwareStates: collectionOf("malwareState"),
        messageSecurityStates: collectionOf("messageSecurityState"),
        networkConnections: collectionOf("networkConnection"),
        processes: collectionOf("process"),
        recommendedActions: strings(),
        registryKeyStates: collectionOf("registryKeyState"),
        securityResources: collectionOf("securityResource"),
        severity: of("alertSeverity", { nullable: false, setBy: "clientDefault", default: "unknown", indexed: true }),
        sourceMaterials: strings(),
        status: of("alertStatus", { nullable: false, setBy: "clientDefault", default: "newAlert", indexed: true }),
        tags: strings({ indexed: true }),
        title: string({ searchable: true }),
        triggers: collectionOf("alertTrigger"),
        uriClickSecurityStates: collectionOf("uriClickSecurityState"),
        userStates: collectionOf("userSecurityState"),
        vendorInformation: of("securityVendorInformation"),
        vulnerabilityStates: collectionOf("vulnerabilityState"),
      },
      annotations: queryable,
    }),
    complexType("alertDetection", {
      detectionType: string(),
      method: string(),
      name: string(),
    }),
    complexType("alertHistoryState", {
      appId: string(),
      assignedTo: string(),
      comments: strings(),
      feedback: of("alertFeedback"),
      status: of("alertStatus"),
      updatedDateTime: instant(),
      user: string(),
    }),
    complexType("alertTrigger", {
      name: string(),
      type: string(),
      value: string(),
    }),
    enumType("securityResourceType", members("unknown", "attacked", "related", "unknownFutureValue")),
    complexType("securityResource", {
      resource: string(),
      resourceType: of("securityResourceType"),
    }),
  ],
  places: [
    set("security/alerts", "alert", {
      verbs: allVerbsBut("delete"),
      permissions: permissions.securityEvents,
      rules: stamped({ tenant: "azureTenantId", created: ["createdDateTime"], modified: "lastModifiedDateTime" }, { update: updateAlert }),
    }),
  ],
  operations: [
    action(
      "updateAlerts",
      { name: "bindparameter", type: "alert", collection: true },
      { parameters: [{ name: "value", type: "alert", collection: true, bodies: "update" }], returns: { type: "alert", collection: true } },
    ),
  ],
};
