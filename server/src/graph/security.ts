import { boolean, collectionOf, complexType, contains, entityType, instant, set, singleton, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { endManagement } from "./rules/endManagement.ts";
import type { Annotation } from "../edm/types.ts";
import type { Resource } from "../edm/resource.ts";

const hubCapabilities: readonly Annotation[] = [
  { term: "Capabilities.CountRestrictions", value: { Countable: false } },
  { term: "Capabilities.FilterRestrictions", value: { Filterable: false } },
  { term: "Capabilities.SelectSupport", value: { Supported: false } },
  { term: "Capabilities.SkipSupported", value: true },
  { term: "Capabilities.SortRestrictions", value: { Sortable: true } },
  { term: "Capabilities.TopSupported", value: false },
];

/** The hub: what a tenant keeps together and apart from everybody else. */
export const security: Resource = {
  name: "security",
  types: [
    entityType("security", {
      properties: {
        providerStatus: collectionOf("securityProviderStatus", { setBy: "server", description: "One entry for each registered provider." }),
        displayName: string({ extension: true, description: "What people call the hub." }),
        azureTenantId: string({
          setBy: "clientDefault",
          immutable: true,
          extension: true,
          description: "The tenant whose home hub it is; another tenant than the caller's may be named by the operator alone.",
        }),
      },
      navigation: {
        alerts: contains("alert"),
        cloudAppSecurityProfiles: contains("cloudAppSecurityProfile"),
        domainSecurityProfiles: contains("domainSecurityProfile"),
        fileSecurityProfiles: contains("fileSecurityProfile"),
        hostSecurityProfiles: contains("hostSecurityProfile"),
        ipSecurityProfiles: contains("ipSecurityProfile"),
        providerTenantSettings: contains("providerTenantSetting"),
        secureScoreControlProfiles: contains("secureScoreControlProfile"),
        secureScores: contains("secureScore"),
        securityActions: contains("securityAction"),
        tiIndicators: contains("tiIndicator"),
        userSecurityProfiles: contains("userSecurityProfile"),
        deviceAppManagementTasks: contains("deviceAppManagementTask", { extension: true }),
        subscriptions: contains("subscription", { extension: true }),
        protectedTargets: contains("protectedTarget", { extension: true }),
        auditRecords: contains("auditRecord", { extension: true }),
        managers: contains("hubManager", { extension: true }),
        actionControl: { type: "securityActionControl", containsTarget: true, extension: true },
        ticketSystems: contains("ticketSystem", { extension: true }),
        connectors: contains("securityConnector", { extension: true }),
        actionProviders: contains("securityActionProvider", { extension: true }),
      },
      annotations: hubCapabilities,
    }),
    entityType("hubManager", {
      properties: {
        createdDateTime: instant({ setBy: "server", description: "Since when." }),
        homeTenantId: string({ setBy: "server", description: "The tenant whose home hub it is; null for a hub that nobody calls home." }),
      },
    }),
    complexType("securityProviderStatus", {
      enabled: boolean(),
      endpoint: string(),
      provider: string(),
      region: string(),
      vendor: string(),
    }),
  ],
  places: [
    singleton("security", "security", { verbs: ["get", "create", "update"], permissions: permissions.ownHub, hub: "home" }),
    set("security/managers", "hubManager", {
      verbs: ["list", "get", "delete"],
      permissions: permissions.ownHub,
      managers: true,
      extension: true,
      rules: { delete: endManagement },
    }),
    set("securities", "security", { verbs: ["list", "get", "create", "update"], permissions: permissions.hubs, hub: "fleet", extension: true }),
  ],
};
