// The generated beta models of @microsoft/msgraph-beta-sdk for the four entities.
import * as models from "@microsoft/msgraph-beta-sdk/models/index.js";
import { vendorInformation } from "./collections.mjs";

/** Typed models: what is created, and by which of the generated functions it is written and read. */
export const typed = {
  secureScores: {
    draft: (mark, index) => ({
      activeUserCount: index,
      averageComparativeScores: [{ averageScore: 31.25, basis: "AllTenants" }],
      controlScores: [{ controlCategory: "Identity", controlName: "mfa", description: "Ünïcode ✓", score: index + 0.5 }],
      currentScore: index,
      enabledServices: [mark, "second"],
      licensedUserCount: 7,
      maxScore: 100,
      vendorInformation,
    }),
    change: { currentScore: 99.5 },
    serializer: models.serializeSecureScore,
    one: models.createSecureScoreFromDiscriminatorValue,
    many: models.createSecureScoreCollectionResponseFromDiscriminatorValue,
  },
  securityActions: {
    draft: (mark, index) => ({
      actionReason: "typed",
      clientContext: mark,
      name: "BlockIp",
      parameters: [{ name: "ip", value: `192.0.2.${index}` }],
      vendorInformation,
    }),
    change: { status: models.OperationStatusObject.Running },
    serializer: models.serializeSecurityAction,
    one: models.createSecurityActionFromDiscriminatorValue,
    many: models.createSecurityActionCollectionResponseFromDiscriminatorValue,
  },
  userSecurityProfiles: {
    draft: (mark, index) => ({
      accounts: [
        {
          displayName: "Sam",
          lastSeenDateTime: new Date("2026-11-20T10:20:30.123Z"),
          riskScore: "low",
          service: "directory",
          signinName: "sam@contoso.example",
          status: models.AccountStatusObject.Active,
        },
      ],
      azureSubscriptionId: "sub",
      displayName: mark,
      riskScore: "medium",
      tags: ["VIP", mark],
      userPrincipalName: `user${index}@contoso.example`,
      vendorInformation,
    }),
    change: { riskScore: "high" },
    serializer: models.serializeUserSecurityProfile,
    one: models.createUserSecurityProfileFromDiscriminatorValue,
    many: models.createUserSecurityProfileCollectionResponseFromDiscriminatorValue,
  },
  deviceAppManagementTasks: {
    draft: (mark, index) => ({
      odataType: "#microsoft.graph.securityConfigurationTask",
      applicablePlatform: models.EndpointSecurityConfigurationApplicablePlatformObject.Windows10AndLater,
      category: models.DeviceAppManagementTaskCategoryObject.AdvancedThreatProtection,
      creatorNotes: "typed",
      description: `No ${index}`,
      displayName: mark,
      dueDateTime: new Date("2026-12-24T00:00:00Z"),
      endpointSecurityPolicy: models.EndpointSecurityConfigurationTypeObject.DiskEncryption,
      endpointSecurityPolicyProfile: models.EndpointSecurityConfigurationProfileTypeObject.BitLocker,
      intendedSettings: [{ name: "encrypt", value: "on" }],
      managedDeviceCount: 3,
      priority: models.DeviceAppManagementTaskPriorityObject.High,
    }),
    change: { status: models.DeviceAppManagementTaskStatusObject.Active },
    serializer: models.serializeSecurityConfigurationTask,
    one: models.createDeviceAppManagementTaskFromDiscriminatorValue,
    many: models.createDeviceAppManagementTaskCollectionResponseFromDiscriminatorValue,
  },
};
