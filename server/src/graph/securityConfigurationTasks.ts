import { allVerbs, collectionOf, contains, entityType, enumType, instant, int32, members, of, set, string } from "../edm/define.ts";
import { permissions } from "./permissions.ts";
import { stamped } from "./rules/stamped.ts";
import { countedIn } from "./rules/countedIn.ts";
import type { Resource } from "../edm/resource.ts";

/** Tasks that ask for a change of endpoint security settings, and the devices that need it. */
export const securityConfigurationTasks: Resource = {
  name: "securityConfigurationTasks",
  types: [
    enumType("endpointSecurityConfigurationApplicablePlatform", members("unknown", "macOS", "windows10AndLater", "windows10AndWindowsServer")),
    enumType(
      "endpointSecurityConfigurationType",
      members("unknown", "antivirus", "diskEncryption", "firewall", "endpointDetectionAndResponse", "attackSurfaceReduction", "accountProtection"),
    ),
    enumType(
      "endpointSecurityConfigurationProfileType",
      members(
        "unknown",
        "antivirus",
        "windowsSecurity",
        "bitLocker",
        "fileVault",
        "firewall",
        "firewallRules",
        "endpointDetectionAndResponse",
        "deviceControl",
        "appAndBrowserIsolation",
        "exploitProtection",
        "webProtection",
        "applicationControl",
        "attackSurfaceReductionRules",
        "accountProtection",
      ),
    ),
    entityType("securityConfigurationTask", {
      base: "deviceAppManagementTask",
      properties: {
        applicablePlatform: of("endpointSecurityConfigurationApplicablePlatform", { nullable: false, setBy: "clientDefault", default: "unknown" }),
        endpointSecurityPolicy: of("endpointSecurityConfigurationType", { nullable: false, setBy: "clientDefault", default: "unknown" }),
        endpointSecurityPolicyProfile: of("endpointSecurityConfigurationProfileType", { nullable: false, setBy: "clientDefault", default: "unknown" }),
        insights: string({ description: "What is known about the mitigation." }),
        intendedSettings: collectionOf("keyValuePair", { description: "The settings to make." }),
        managedDeviceCount: int32({ nullable: false, setBy: "clientDefault", default: 0, description: "How many devices need it." }),
      },
      navigation: {
        managedDevices: contains("vulnerableManagedDevice"),
      },
    }),
    entityType("vulnerableManagedDevice", {
      properties: {
        displayName: string(),
        lastSyncDateTime: instant({ nullable: false, setBy: "clientDefault" }),
        managedDeviceId: string({ indexed: true }),
      },
    }),
  ],
  places: [
    set("deviceAppManagement/deviceAppManagementTasks/managedDevices", "vulnerableManagedDevice", {
      rules: stamped({ created: ["lastSyncDateTime"] }, countedIn("managedDeviceCount", "managedDevices")),
      verbs: allVerbs,
      permissions: permissions.deviceManagementApps,
      updateAnswersEntity: true,
    }),
  ],
};
