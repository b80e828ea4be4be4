/** Who sends a request of the demo: an application, or a person by means of one. */
export interface DemoCaller {
  readonly appId: string;
  /** User principal name; null when the application calls for itself. */
  readonly user: string | null;
  readonly permissions: readonly string[];
}

/** The domain of the people of the demo. */
export const domain = "alderbrook.example";

const events = "SecurityEvents.ReadWrite.All";
const actions = "SecurityActions.ReadWrite.All";
const tasks = "DeviceManagementApps.ReadWrite.All";
const indicators = "ThreatIndicators.ReadWrite.OwnedBy";

function application(number: number, ...permissions: readonly string[]): DemoCaller {
  return { appId: `5ec9a700-0000-4000-8000-${String(number).padStart(12, "0")}`, user: null, permissions };
}

/** The applications of the demo. */
export const applications = {
  setup: application(100, "Security.ReadWrite.All"),
  console: application(101, events, actions, tasks, indicators),
  scoreImport: application(110, events, "SecurityData.Import"),
  identityWatch: application(120, events, actions),
  accessInsight: application(121, events),
  edgeFirewall: application(130, actions),
  mailGuard: application(131, events, actions),
  endpointHealth: application(132, events, actions, tasks),
  playbooks: application(140, events, actions),
  threatFeed: application(150, indicators, events),
} as const satisfies Readonly<Record<string, DemoCaller>>;

/** A person who works with the console. */
export function person(userPrincipalName: string): DemoCaller {
  return { ...applications.console, user: userPrincipalName };
}
