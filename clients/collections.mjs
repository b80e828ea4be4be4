// What the scripts of all clients create, find and change.

export const vendorInformation = { provider: "Clients", vendor: "Contoso" };

/** The four collections of the mission: what is created (with a mark to find it again), and what is then changed. */
export const collections = {
  secureScores: {
    path: "/security/secureScores",
    draft: (mark, index) => ({
      currentScore: index,
      maxScore: 100,
      enabledServices: [mark],
      controlScores: [{ controlName: "mfa", score: index }],
      vendorInformation,
    }),
    find: (mark) => `enabledServices/any(s:s eq '${mark}')`,
    change: { currentScore: 99.5 },
    deletes: true,
  },
  securityActions: {
    path: "/security/securityActions",
    draft: (mark, index) => ({
      name: "BlockIp",
      actionReason: mark,
      clientContext: mark,
      parameters: [{ name: "ip", value: `192.0.2.${index}` }],
      vendorInformation,
    }),
    find: (mark) => `clientContext eq '${mark}'`,
    change: { status: "Running" },
    deletes: false,
  },
  userSecurityProfiles: {
    path: "/security/userSecurityProfiles",
    draft: (mark, index) => ({ userPrincipalName: `user${index}@contoso.example`, displayName: mark, riskScore: "medium", tags: [mark], vendorInformation }),
    find: (mark) => `displayName eq '${mark}'`,
    change: { riskScore: "high" },
    deletes: true,
  },
  deviceAppManagementTasks: {
    path: "/deviceAppManagement/deviceAppManagementTasks",
    draft: (mark, index) => ({ "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: mark, description: `No ${index}`, priority: "high" }),
    find: (mark) => `displayName eq '${mark}'`,
    change: { status: "active" },
    deletes: true,
  },
};
