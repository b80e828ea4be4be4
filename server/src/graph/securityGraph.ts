import { actionLeases } from "./actionLeases.ts";
import { alerts } from "./alerts.ts";
import { alertStates } from "./alertStates.ts";
import { appVulnerabilityTasks } from "./appVulnerabilityTasks.ts";
import { auditRecords } from "./auditRecords.ts";
import { changeTracking } from "./changeTracking.ts";
import { cloudAppSecurityProfiles } from "./cloudAppSecurityProfiles.ts";
import { deviceAppManagementTasks } from "./deviceAppManagementTasks.ts";
import { domainSecurityProfiles } from "./domainSecurityProfiles.ts";
import { entity } from "./entity.ts";
import { fileHash } from "./fileHash.ts";
import { fileSecurityProfiles } from "./fileSecurityProfiles.ts";
import { hostSecurityProfiles } from "./hostSecurityProfiles.ts";
import { ipSecurityProfiles } from "./ipSecurityProfiles.ts";
import { keyValuePair } from "./keyValuePair.ts";
import { networkConnections } from "./networkConnections.ts";
import { processes } from "./processes.ts";
import { protectedTargets } from "./protectedTargets.ts";
import { providerTenantSettings } from "./providerTenantSettings.ts";
import { resultInfo } from "./resultInfo.ts";
import { secureScoreControlProfiles } from "./secureScoreControlProfiles.ts";
import { secureScores } from "./secureScores.ts";
import { security } from "./security.ts";
import { securityActionControl } from "./securityActionControl.ts";
import { securityActionDispatch } from "./securityActionDispatch.ts";
import { securityActions } from "./securityActions.ts";
import { securityConnectors } from "./securityConnectors.ts";
import { securityConfigurationTasks } from "./securityConfigurationTasks.ts";
import { subscriptions } from "./subscriptions.ts";
import { taskVerification } from "./taskVerification.ts";
import { ticketSystems } from "./ticketSystems.ts";
import { tiIndicators } from "./tiIndicators.ts";
import { unmanagedDeviceDiscoveryTasks } from "./unmanagedDeviceDiscoveryTasks.ts";
import { userSecurityProfiles } from "./userSecurityProfiles.ts";
import { vendorInformation } from "./vendorInformation.ts";
import type { ModelDefinition } from "../edm/createModel.ts";

const resources = [
  entity,
  vendorInformation,
  keyValuePair,
  resultInfo,
  fileHash,
  security,
  secureScores,
  secureScoreControlProfiles,
  securityActions,
  securityActionDispatch,
  securityActionControl,
  userSecurityProfiles,
  deviceAppManagementTasks,
  taskVerification,
  ticketSystems,
  securityConfigurationTasks,
  appVulnerabilityTasks,
  unmanagedDeviceDiscoveryTasks,
  protectedTargets,
  providerTenantSettings,
  securityConnectors,
  actionLeases,
  subscriptions,
  auditRecords,
  alerts,
  alertStates,
  networkConnections,
  processes,
  tiIndicators,
  hostSecurityProfiles,
  ipSecurityProfiles,
  fileSecurityProfiles,
  domainSecurityProfiles,
  cloudAppSecurityProfiles,
];

/** The security graph as data: everything this product serves. */
export const securityGraph: ModelDefinition = {
  namespace: "microsoft.graph",
  alias: "graph",
  container: "GraphService",
  resources: [...resources, changeTracking(resources)],
};
