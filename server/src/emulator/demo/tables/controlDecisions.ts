import type { StaffName } from "./staff.ts";

/** A control, the working days since, who decided what, whom it is given to, and why. */
export type ControlDecision = readonly [
  control: string,
  workdaysAgo: number,
  by: StaffName,
  state: "Default" | "Ignored" | "ThirdParty" | "Reviewed",
  assignedTo: StaffName | null,
  comment: string,
];

/** What was decided about controls, oldest first. */
export const controlDecisions: readonly ControlDecision[] = [
  ["EveryoneMFA", 61, "ingrid", "Reviewed", "oskar", "Department by department, done before the summer."],
  ["VpnAlwaysOn", 59, "bela", "ThirdParty", null, "The access proxy does this for us."],
  ["WebContentFilter", 57, "bela", "ThirdParty", null, "Done by the filter at the gateway."],
  ["PasswordNeverExpires", 53, "ingrid", "Reviewed", "oskar", "When everybody has a second factor."],
  ["BluetoothSharing", 48, "marit", "Ignored", null, "The scanners of the warehouse need it."],
  ["StorageNoPublic", 48, "tomasz", "Reviewed", "oskar", "The press office gets its own account for pictures."],
  ["DmarcReject", 46, "amara", "Reviewed", "amara", "Reading reports for a month first."],
  ["RegionLimits", 40, "oskar", "Ignored", null, "Our provider has two regions here and we use both."],
  ["WildcardPermissions", 37, "tomasz", "Reviewed", "oskar", "Begin with the pipelines."],
  ["StandingAdmin", 26, "ingrid", "Reviewed", "oskar", "Roles by the hour from this week on."],
  ["RuleWmiPersistence", 27, "ingrid", "Ignored", null, "Until the inventory agent has changed; see the task."],
  ["BlockLegacySignIn", 16, "ingrid", "Reviewed", "oskar", "Who switched it off? Score fell by eight."],
  ["BrowserPasswords", 11, "tomasz", "Ignored", null, "Next quarter, with the licences."],
  ["RuleWmiPersistence", 6, "ingrid", "Default", "priya", "The vendor has released the new agent; look again."],
  ["PatchWindows", 5, "marit", "Reviewed", "marit", "Third ring finishes on Thursday."],
  ["UsbStorage", 1, "ingrid", "Reviewed", "marit", "After the find in the canteen. Task raised."],
];
