import type { JsonObject } from "../../base/json.ts";
import { reportTime, type Calendar } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { devices, type Device } from "./devices.ts";
import { staffAddress, staffCaller } from "./people.ts";
import { providers } from "./providers.ts";
import { random } from "./random.ts";
import { configurationTasks, type ConfigurationTask } from "./tables/configurationTasks.ts";
import { unmanagedDevices, vulnerableApps, type UnmanagedDevices, type VulnerableApp } from "./tables/otherTasks.ts";
import type { TaskStory } from "./tables/taskStory.ts";

const place = "/deviceAppManagement/deviceAppManagementTasks";
const day = 86_400_000;

/** Tasks as they were raised, the devices they name, and every step they took since. */
export function tasks(calendar: Calendar): readonly DemoRequest[] {
  return [
    ...configurationTasks.flatMap((task) => configuration(task, calendar)),
    ...vulnerableApps.flatMap((task) => vulnerability(task, calendar)),
    ...unmanagedDevices.flatMap((task) => discovery(task, calendar)),
  ];
}

function configuration(task: ConfigurationTask, calendar: Calendar): readonly DemoRequest[] {
  const [applicablePlatform, endpointSecurityPolicy, endpointSecurityPolicyProfile] = task.policy;
  const body = {
    "@odata.type": "#microsoft.graph.securityConfigurationTask",
    ...common(task, raisedAt(task, calendar)),
    applicablePlatform,
    endpointSecurityPolicy,
    endpointSecurityPolicyProfile,
    insights: task.insights,
    intendedSettings: Object.entries(task.settings).map(([name, value]) => ({ name, value })),
    verification: provenBy(task),
  };
  const fits = ({ os }: Device): boolean => (applicablePlatform === "macOS" ? os === "macOS" : os === "Windows");
  const named = random(`devices of ${task.key}`).some(devices().filter(fits), task.devices);
  const listed = named.map((device, index) => deviceOf(task, device, { index, below: "managedDevices", calendar }));
  return [...told(task, body, calendar), ...listed, ...lookedAtAgain(task, calendar)];
}

/** The control that the task names, as its provider scores it. */
function provenBy({ control }: ConfigurationTask): JsonObject {
  const { vendor = null, provider } = providers.find(({ controls }) => controls.some(({ name }) => name === control))!.vendorInformation;
  return { controlNames: [control], vendor, provider };
}

/** In the morning after it was completed, with the scores of that night. */
function lookedAtAgain(task: ConfigurationTask, calendar: Calendar): readonly DemoRequest[] {
  const completed = task.steps.filter(([, , status]) => status === "completed");
  return completed.map(([workdaysAgo, minutes]) => {
    const at = (Math.floor(calendar.working(workdaysAgo, minutes) / day) + 1) * day + reportTime + 30_000;
    return { at, method: "POST", path: `${place}/{${task.key}}/recheck`, body: {}, by: applications.endpointHealth };
  });
}

function vulnerability(task: VulnerableApp, calendar: Calendar): readonly DemoRequest[] {
  const [appName, appPublisher, appVersion] = task.app;
  const { mitigation: mitigationType, insights, remediation } = task;
  const body = {
    "@odata.type": "#microsoft.graph.appVulnerabilityTask",
    ...common(task, raisedAt(task, calendar)),
    appName,
    appPublisher,
    appVersion,
    insights,
    mitigationType,
    remediation,
  };
  const windows = devices().filter(({ os }) => os === "Windows");
  const named = random(`devices of ${task.key}`).some(windows, task.devices);
  const below = "microsoft.graph.appVulnerabilityTask/managedDevices";
  const fixes = task.fixes.map((version, index): DemoRequest => {
    const app = { displayName: appName, mobileAppId: `${task.key}-${version}`, mobileAppType: "win32LobApp", version };
    return { at: later(task, 40 + index, calendar), method: "POST", path: `${place}/{${task.key}}/mobileApps`, body: app, by: staffCaller(task.raisedBy) };
  });
  return [...told(task, body, calendar), ...named.map((device, index) => deviceOf(task, device, { index, below, calendar })), ...fixes];
}

function discovery(task: UnmanagedDevices, calendar: Calendar): readonly DemoRequest[] {
  const at = raisedAt(task, calendar);
  const numbers = random(`devices of ${task.key}`);
  const octet = (): string => numbers.whole(16, 255).toString(16);
  const found = task.models.map(([deviceName, manufacturer, model, os]) => ({
    deviceName,
    domain: null,
    ipAddress: `${task.subnet}.${numbers.whole(20, 240)}`,
    lastLoggedOnUser: null,
    lastSeenDateTime: new Date(at - numbers.whole(5, 600) * 60_000).toISOString(),
    location: task.location,
    // The second digit says that the address was given locally, so that it is nobody's.
    macAddress: ["02", octet(), octet(), octet(), octet(), octet()].join(":"),
    manufacturer,
    model,
    os,
    osVersion: null,
  }));
  return told(task, { "@odata.type": "#microsoft.graph.unmanagedDeviceDiscoveryTask", ...common(task, at), unmanagedDevices: found }, calendar);
}

function raisedAt({ raised: [workdaysAgo, minutes] }: TaskStory, calendar: Calendar): number {
  return calendar.working(workdaysAgo, minutes);
}

/** One thing after the other: each counts in the task. */
function later(task: TaskStory, seconds: number, calendar: Calendar): number {
  return raisedAt(task, calendar) + seconds * 1000;
}

function common(task: TaskStory, at: number): JsonObject {
  return {
    assignedTo: staffAddress(task.assignedTo),
    category: "advancedThreatProtection",
    creator: staffAddress(task.raisedBy),
    creatorNotes: task.notes,
    description: task.description,
    displayName: task.title,
    dueDateTime: new Date(at + task.due * day).toISOString(),
    priority: task.priority,
    status: "pending",
  };
}

/** The task and its steps. */
function told(task: TaskStory, body: JsonObject, calendar: Calendar): readonly DemoRequest[] {
  const raised: DemoRequest = { at: raisedAt(task, calendar), method: "POST", path: place, body, by: staffCaller(task.raisedBy), as: task.key };
  const steps = task.steps.map(([workdaysAgo, minutes, status, by, note]): DemoRequest => ({
    at: calendar.working(workdaysAgo, minutes),
    method: "POST",
    path: `${place}/{${task.key}}/${status === "note" ? "addNote" : "updateStatus"}`,
    body: status === "note" ? { note } : { status, note },
    by: staffCaller(by),
  }));
  return [raised, ...steps];
}

interface Listed {
  readonly index: number;
  /** The collection of devices, below the task. */
  readonly below: string;
  readonly calendar: Calendar;
}

function deviceOf(task: TaskStory, device: Device, { index, below, calendar }: Listed): DemoRequest {
  const at = later(task, 2 + index, calendar);
  const lastSync = at - (1 + ((index * 7) % 40)) * 3_600_000;
  return {
    at,
    method: "POST",
    path: `${place}/{${task.key}}/${below}`,
    body: { displayName: device.name, lastSyncDateTime: new Date(lastSync).toISOString(), managedDeviceId: device.id },
    by: staffCaller(task.raisedBy),
  };
}
