import type { JsonObject } from "../../base/json.ts";
import type { Calendar } from "./calendar.ts";
import { applications, type DemoCaller } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { devices } from "./devices.ts";
import { people, staffCaller } from "./people.ts";
import { random } from "./random.ts";
import { actionLog } from "./tables/actionLog.ts";
import type { StaffName } from "./tables/staff.ts";
import { momentOf } from "./momentOf.ts";

const place = "/security/securityActions";
const minute = 60_000;

/** Who carries an action out. */
interface Connector {
  readonly vendorInformation: JsonObject;
  readonly by: DemoCaller;
}

const edgeFirewall: Connector = { vendorInformation: { vendor: "Contoso", provider: "EdgeFirewall" }, by: applications.edgeFirewall };
const identityWatch: Connector = { vendorInformation: { vendor: "Contoso", provider: "IdentityWatch" }, by: applications.identityWatch };
const mailGuard: Connector = { vendorInformation: { vendor: "Contoso", provider: "MailGuard" }, by: applications.mailGuard };
const endpointHealth: Connector = { vendorInformation: { vendor: "Fabrikam", provider: "EndpointHealth" }, by: applications.endpointHealth };

const connectors: Readonly<Record<string, Connector>> = {
  BlockIp: edgeFirewall,
  BlockDomain: edgeFirewall,
  RevokeSessions: identityWatch,
  ResetPassword: identityWatch,
  SuspendUser: identityWatch,
  QuarantineMessage: mailGuard,
  IsolateHost: endpointHealth,
  ReleaseHost: endpointHealth,
  BlockFileHash: endpointHealth,
  CollectTriage: endpointHealth,
};

/** What analysts and automation asked for, and what connectors made of it. */
export function actions(calendar: Calendar): readonly DemoRequest[] {
  return actionLog
    .trim()
    .split("\n")
    .flatMap((line, index) => actionOf(line, `action ${index + 1}`, calendar));
}

function actionOf(line: string, key: string, calendar: Calendar): readonly DemoRequest[] {
  const cells = line.split("|").map((cell) => cell.trim());
  const [when, who, name, parameters, reason, outcome] = cells as [string, string, string, string, string, string];
  const connector = connectors[name];
  if (connector === undefined) throw new Error(`Nobody carries out: ${line}`);
  const at = momentOf(when, calendar);
  const request: DemoRequest = {
    at,
    method: "POST",
    path: place,
    body: {
      "@odata.type": "#microsoft.graph.securityAction",
      name,
      actionReason: reason,
      clientContext: `${who}-${key.replace(" ", "-")}`,
      parameters: parameters.split(";").map(parameterOf),
      vendorInformation: connector.vendorInformation,
    },
    by: callerOf(who),
    as: key,
  };
  return [request, ...outcomeOf(outcome, connector, { at, path: `${place}/{${key}}` })];
}

function callerOf(who: string): DemoCaller {
  return who === "playbooks" ? applications.playbooks : staffCaller(who as StaffName);
}

/** `user=@57` -> the address of that person; `%1` -> a digest, always the same. */
function parameterOf(text: string): JsonObject {
  const equals = text.indexOf("=");
  const value = text.slice(equals + 1);
  return { name: text.slice(0, equals), value: meant(value) };
}

function meant(value: string): string {
  const number = Number(value.slice(1));
  if (/^@\d+$/.test(value)) return people()[number]!.userPrincipalName;
  if (/^#\d+$/.test(value)) return devices()[number]!.name;
  return /^%\d+$/.test(value) ? digest(value) : value;
}

/** Looks like a SHA-256. */
export function digest(label: string): string {
  const numbers = random(`digest ${label}`);
  return Array.from({ length: 64 }, () => numbers.whole(0, 15).toString(16)).join("");
}

interface Asked {
  readonly at: number;
  readonly path: string;
}

function outcomeOf(outcome: string, { by }: Connector, { at, path }: Asked): readonly DemoRequest[] {
  const [kind = "", first = "", second = "", ...rest] = outcome.split(" ");
  const started = at + Number(first) * minute;
  const ended = started + Number(second) * minute;
  // Connectors answer some seconds past the minute.
  const report = (moment: number, body: JsonObject): DemoRequest => ({ at: moment + 17_000, method: "PATCH", path, body, by });
  const cancel = (moment: number, who = ""): DemoRequest => ({ at: moment, method: "POST", path: `${path}/cancelSecurityAction`, body: {}, by: callerOf(who) });
  const running = report(started, { status: "Running" });
  switch (kind) {
    case "done":
      return [running, report(ended, { status: "Completed" })];
    case "failed": {
      const [code, ...message] = rest;
      return [running, report(ended, { status: "Failed", errorInfo: { code: Number(code), message: message.join(" "), subcode: 0 } })];
    }
    case "cancelled":
      return [cancel(started, second)];
    case "stopping":
      return [running, cancel(ended, rest[0])];
    case "running":
      return [running];
    case "waiting":
      return [];
    default:
      throw new Error(`'${outcome}' is no outcome of an action.`);
  }
}
