import { describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { system } from "../../src/edm/systemPermission.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import type { ComplexType, EntityType, Property } from "../../src/edm/types.ts";

const model = createModel(securityGraph);
const structured = model.types.filter((type): type is ComplexType | EntityType => type.kind !== "enum");

function property(path: string): Property | undefined {
  const [type, name] = path.split("/");
  return structured.find((one) => one.name === `microsoft.graph.${type}`)?.properties.find((one) => one.name === name);
}

describe("verbs", () => {
  const all = "list get create update upsert delete";
  test.each([
    ["security", "get create update"],
    ["securities", "list get create update"],
    ["security/secureScores", all],
    ["security/secureScoreControlProfiles", all],
    ["security/userSecurityProfiles", all],
    ["security/securityActions", "list get create update"],
    ["security/alerts", "list get create update upsert"],
    ["security/tiIndicators", all],
    ["security/providerTenantSettings", all],
    ["subscriptions", "list get create update delete"],
    ["deviceAppManagement", "get"],
    ["deviceAppManagement/deviceAppManagementTasks", all],
    ["deviceAppManagement/deviceAppManagementTasks/managedDevices", all],
  ])("of %s are %s", (path, verbs) => {
    expect([...model.place(path).verbs].join(" ")).toBe(verbs);
  });
});

describe("permissions", () => {
  test.each([
    ["security/secureScores", "SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"],
    ["security/securityActions", "SecurityActions.Read.All", "SecurityActions.ReadWrite.All"],
    ["security/tiIndicators", "ThreatIndicators.Read.All", "ThreatIndicators.ReadWrite.OwnedBy"],
    ["deviceAppManagement/deviceAppManagementTasks", "DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"],
    ["securities", "Security.Read.All", "Security.ReadWrite.All"],
  ])("of %s: %s reads, %s writes and reads", (path, read, write) => {
    const tokens = (names: readonly string[]): readonly string[] => names.filter((name) => name !== system);
    const { permissions } = model.place(path);
    expect([tokens(permissions.read), tokens(permissions.write)]).toEqual([[read, write], [write]]);
  });

  test("the hub itself is read with the events and written with the hubs", () => {
    const { read, write } = model.place("security").permissions;
    expect(read).toContain("SecurityEvents.Read.All");
    expect(write).toEqual(["Security.ReadWrite.All"]);
  });
});

describe("the one who sets a value", () => {
  test("of every tenant id is the token, but for a hub's own", () => {
    const tenants = structured.flatMap((type) => type.properties.filter(({ name }) => name === "azureTenantId").map(({ setBy }) => `${type.name} ${setBy}`));
    expect(tenants.filter((line) => !line.endsWith(" token"))).toEqual(["microsoft.graph.security clientDefault"]);
    expect(tenants).toHaveLength(13);
  });

  test.each([
    ["secureScore/createdDateTime", "serverDefault"],
    ["userSecurityProfile/createdDateTime", "serverDefault"],
    ["userSecurityProfile/lastModifiedDateTime", "server"],
    ["alert/createdDateTime", "server"],
    ["alert/lastModifiedDateTime", "server"],
    ["tiIndicator/ingestedDateTime", "server"],
    ["securityAction/status", "connector"],
    ["securityAction/errorInfo", "connector"],
    ["securityAction/appId", "token"],
    ["securityAction/parameters", "client"],
    ["deviceAppManagementTask/statusHistory", "server"],
  ])("of %s is %s", (path, setBy) => {
    expect(property(path)?.setBy).toBe(setBy);
  });
});

test.each([
  ["deviceAppManagementTask/category", "unknown"],
  ["deviceAppManagementTask/priority", "none"],
  ["deviceAppManagementTask/status", "pending"],
  ["securityConfigurationTask/applicablePlatform", "unknown"],
  ["securityConfigurationTask/managedDeviceCount", 0],
  ["securityAction/status", "NotStarted"],
  ["alert/severity", "unknown"],
  ["alert/status", "newAlert"],
  ["tiIndicator/severity", 3],
])("%s is %s when the client sends nothing", (path, value) => {
  expect(property(path)?.default).toBe(value);
});

test("every default of an enumeration is one of its members", () => {
  const wrong = structured.flatMap((type) =>
    type.properties.filter((one) => one.default !== undefined && one.type.kind === "enum" && !one.type.members.some(({ name }) => name === one.default)),
  );
  expect(wrong).toEqual([]);
});

test("every order and natural key names declared scalars", () => {
  const paths = model.places.flatMap(({ type, definition }) =>
    [...(definition.unique ?? []), ...(definition.defaultOrder ?? []).map(({ path }) => path)].map((path) => ({
      type,
      path: path.replace(/^day\((.*)\)$/, "$1"),
    })),
  );
  const leads = (start: ComplexType | EntityType, path: string): boolean => {
    const [name, ...rest] = path.split("/");
    const found = start.allProperties.find((one) => one.name === name);
    if (found === undefined || found.collection) return false;
    return found.type.kind === "complex" ? leads(found.type, rest.join("/")) : rest.length === 0;
  };
  expect(paths.filter(({ type, path }) => !leads(type, path))).toEqual([]);
  expect(paths.length).toBeGreaterThan(20);
});

test("the 15 published open types are open, nothing else is", () => {
  const open = structured.filter((type) => type.open).map((type) => type.name.slice("microsoft.graph.".length));
  expect(open.toSorted()).toEqual([
    "alert",
    "averageComparativeScore",
    "certificationControl",
    "cloudAppSecurityProfile",
    "complianceInformation",
    "controlScore",
    "domainSecurityProfile",
    "fileSecurityProfile",
    "hostSecurityProfile",
    "ipSecurityProfile",
    "secureScore",
    "secureScoreControlProfile",
    "securityAction",
    "tiIndicator",
    "userSecurityProfile",
  ]);
});

test("a control profile takes its decision in a PATCH, and keeps the client's id", () => {
  const { patchOnly, clientId } = model.place("security/secureScoreControlProfiles").definition;
  expect([Object.keys(patchOnly ?? {}), clientId]).toEqual([["assignedTo", "comment", "state"], true]);
});
