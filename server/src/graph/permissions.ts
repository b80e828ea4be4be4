import { system } from "../edm/systemPermission.ts";
import type { Permissions } from "../edm/resource.ts";

const access = (read: readonly string[], write: readonly string[]): Permissions => ({ read: [...read, ...write], write });

const readers = [
  "SecurityEvents.Read.All",
  "SecurityEvents.ReadWrite.All",
  "SecurityActions.Read.All",
  "SecurityActions.ReadWrite.All",
  "DeviceManagementApps.Read.All",
  "DeviceManagementApps.ReadWrite.All",
  "ThreatIndicators.Read.All",
  "ThreatIndicators.ReadWrite.OwnedBy",
];

/** What a token must carry, by family of resources: Graph's names, and for the hubs themselves ours. The first is the least privileged. */
export const permissions = {
  /** Scores, control profiles, the profiles of users, hosts, addresses, files, domains and apps, alerts. */
  securityEvents: access(["SecurityEvents.Read.All"], ["SecurityEvents.ReadWrite.All"]),
  securityActions: access(["SecurityActions.Read.All"], ["SecurityActions.ReadWrite.All", system]),
  /** How actions were carried out: written by the server. */
  attempts: access(["SecurityActions.Read.All", "SecurityActions.ReadWrite.All"], [system]),
  /** What no action may touch: whoever acts may see it, whoever administers the hub decides. */
  protectedTargets: access(["SecurityActions.Read.All", "SecurityActions.ReadWrite.All", "Security.Read.All"], ["Security.ReadWrite.All"]),
  /** Indicators: an application writes those that it made, and with this permission alone sees no others. */
  threatIndicators: {
    ...access(["ThreatIndicators.Read.All"], ["ThreatIndicators.ReadWrite.OwnedBy"]),
    own: ["ThreatIndicators.ReadWrite.OwnedBy"],
  },
  /** Whether actions are dispatched at all: seen by those who see actions, turned by those who look after hubs. */
  actionControl: access(["SecurityActions.Read.All", "SecurityActions.ReadWrite.All", "Security.Read.All"], ["Security.ReadWrite.All", system]),
  /** Remediation tasks. */
  deviceManagementApps: access(["DeviceManagementApps.Read.All"], ["DeviceManagementApps.ReadWrite.All", system]),
  /** The list of hubs, and making them. */
  hubs: access(["Security.Read.All"], ["Security.ReadWrite.All"]),
  /** The caller's own hub and what it is set to: readable with the events too. */
  ownHub: access(["SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All", "Security.Read.All"], ["Security.ReadWrite.All"]),
  /** Connectors: who may make and list hubs says what carries actions out in them. */
  connectors: access(["Security.Read.All"], ["Security.ReadWrite.All", system]),
  /** The catalogue of what connectors can do: whoever may read or create actions, and those who look after connectors. */
  actionProviders: access(
    ["SecurityActions.Read.All", "SecurityActions.ReadWrite.All", "SecurityActions.Lease.All", "Security.Read.All", "Security.ReadWrite.All"],
    [system],
  ),
  /** Work that an actuator comes for: its own permission lets it do nothing else. */
  leases: { read: [], write: ["SecurityActions.Lease.All", "SecurityActions.ReadWrite.All"] },
  /** Subscriptions: whoever may read something may ask to be told of it; an application sees its own alone (R150). */
  subscriptions: { ...access([], [...readers, system]), own: readers },
  /** The audit trail: written by the server, with every change. */
  auditLog: { read: ["AuditLog.Read.All"], write: [system] },
  /** What became of notifications: written by the server. */
  deliveries: access(readers, [system]),
} as const;
