import type { JsonObject } from "../../src/base/json.ts";

interface Fact {
  readonly name: string;
  readonly root: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly answer: JsonObject;
}

const typed = (name: string, members: JsonObject = {}): JsonObject => ({ "@odata.type": name, ...members });
const words = (type: string, ...names: readonly string[]): JsonObject => Object.fromEntries(names.map((name) => [name, type]));
const vendorInformation = typed("microsoft.graph.securityVendorInformation");

function fact(name: string, root: string, path: string, [body, more]: readonly [JsonObject, JsonObject]): Fact {
  return { name, root, path, body, answer: { ...body, id: "", ...more } };
}

/** What the five create pages send: names, types and roots; used where the pages themselves are not at hand. */
export const requestFacts: readonly Fact[] = [
  fact("security", "v1.0", "/security", [typed("#microsoft.graph.security"), {}]),
  fact("securityAction", "beta", "/security/securityActions", [
    typed("#microsoft.graph.securityAction", {
      ...words("String", "actionReason", "appId", "azureTenantId", "clientContext", "name", "status", "user"),
      ...words("String (timestamp)", "completedDateTime", "lastActionDateTime"),
      errorInfo: typed("microsoft.graph.resultInfo"),
      parameters: [typed("microsoft.graph.keyValuePair")],
      states: [typed("microsoft.graph.securityActionState")],
      vendorInformation,
    }),
    { createdDateTime: "" },
  ]),
  fact("userSecurityProfile", "localtest", "/Security/userSecurityProfiles", [
    typed("#microsoft.graph.userSecurityProfile", {
      accounts: [typed("microsoft.graph.userAccount", { ...words("String", "displayName", "riskScore", "service", "signinName", "status") })],
      ...words("String", "azureSubscriptionId", "azureTenantId", "displayName", "riskScore", "userPrincipalName"),
      tags: ["Tags value"],
      vendorInformation,
    }),
    { createdDateTime: "", lastModifiedDateTime: "" },
  ]),
  fact("secureScore", "localtest", "/Security/secureScores", [
    typed("#microsoft.graph.secureScore", {
      activeUserCount: 15,
      averageComparativeScores: [typed("microsoft.graph.averageComparativeScore", { averageScore: "Double", basis: "AllTenants" })],
      azureTenantId: "String",
      controlScores: [typed("microsoft.graph.controlScore", { ...words("String", "controlCategory", "controlName", "description"), score: "Double" })],
      ...words("Double", "currentScore", "maxScore"),
      enabledServices: ["HasExchange"],
      licensedUserCount: 1,
      vendorInformation,
    }),
    { createdDateTime: "" },
  ]),
  fact("securityConfigurationTask", "v1.0", "/deviceAppManagement/deviceAppManagementTasks", [
    typed("#microsoft.graph.securityConfigurationTask", {
      ...words("String", "assignedTo", "category", "creator", "creatorNotes", "description", "displayName", "priority", "status"),
      ...words("String", "applicablePlatform", "endpointSecurityPolicy", "endpointSecurityPolicyProfile", "insights"),
      dueDateTime: "String (timestamp)",
      intendedSettings: [typed("microsoft.graph.keyValuePair")],
      managedDeviceCount: "Integer",
    }),
    { createdDateTime: "" },
  ]),
];
