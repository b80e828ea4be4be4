import type { JsonObject } from "../../base/json.ts";
import type { Calendar } from "./calendar.ts";
import { applications, type DemoCaller } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { devices } from "./devices.ts";
import { momentOf } from "./momentOf.ts";
import { people, staffCaller } from "./people.ts";
import { alertLog } from "./tables/alertLog.ts";
import type { StaffName } from "./tables/staff.ts";

const place = "/security/alerts";

const sources: Readonly<Record<string, DemoCaller>> = {
  EdgeFirewall: applications.threatFeed,
  CloudPosture: applications.threatFeed,
  IdentityWatch: applications.identityWatch,
  MailGuard: applications.mailGuard,
  EndpointHealth: applications.endpointHealth,
};

/** What providers raised, and what analysts made of it. */
export function alerts(calendar: Calendar): readonly DemoRequest[] {
  return alertLog
    .trim()
    .split("\n")
    .flatMap((line, index) => alertOf(line, `alert ${index + 1}`, calendar));
}

function alertOf(line: string, key: string, calendar: Calendar): readonly DemoRequest[] {
  const cells = line.split("|").map((cell) => cell.trim());
  const [when, source, severity, category, title, who, where, recommended, outcome] = cells as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [vendor = "", provider = ""] = source.split("/");
  const vendorInformation = { vendor, provider };
  const at = momentOf(when, calendar);
  const body: JsonObject = {
    "@odata.type": "#microsoft.graph.alert",
    category,
    description: `${title}.`,
    eventDateTime: new Date(at - 4 * 60_000).toISOString(),
    recommendedActions: [`${recommended}.`],
    severity,
    status: "newAlert",
    title,
    userStates: who === "-" ? [] : [userState(Number(who.slice(1)))],
    hostStates: where === "-" ? [] : [hostState(Number(where.slice(1)))],
    vendorInformation,
  };
  const raised: DemoRequest = { at, method: "POST", path: place, body, by: sources[provider] ?? applications.threatFeed, as: key };
  return outcome === "open" ? [raised] : [raised, worked(outcome, { at, path: `${place}/{${key}}`, vendorInformation })];
}

function userState(number: number): JsonObject {
  const { userPrincipalName } = people()[number]!;
  const [accountName = "", domainName = ""] = userPrincipalName.split("@");
  return { accountName, domainName, userPrincipalName, userAccountType: "standard" };
}

function hostState(number: number): JsonObject {
  const { name, fqdn, os } = devices()[number]!;
  return { fqdn, netBiosName: name, os };
}

interface Raised {
  readonly at: number;
  readonly path: string;
  readonly vendorInformation: JsonObject;
}

function worked(outcome: string, { at, path, vendorInformation }: Raised): DemoRequest {
  const [status = "", feedback = "", hours = "", who = "", ...comment] = outcome.split(" ");
  const by = staffCaller(who as StaffName);
  const body = { assignedTo: by.user, comments: [comment.join(" ")], feedback, status, vendorInformation };
  return { at: at + Number(hours) * 3_600_000, method: "PATCH", path, body, by };
}
