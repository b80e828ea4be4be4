import type { JsonObject } from "../../base/json.ts";
import { reportTime, type Calendar } from "./calendar.ts";
import { applications, type DemoCaller } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { people, staffCaller, type Person } from "./people.ts";
import { random, type Random } from "./random.ts";

const place = "/security/userSecurityProfiles";
const day = 86_400_000;
/** Days before today on which the leavers left. */
const leftDaysAgo = 75;

/** An identity provider: what it sees of a person, and in which words it tells the risk. */
interface IdentityProvider {
  readonly key: string;
  readonly vendorInformation: JsonObject;
  readonly by: DemoCaller;
  readonly services: readonly string[];
  readonly risk: (risk: number) => string;
}

const identityWatch: IdentityProvider = {
  key: "watch",
  vendorInformation: { vendor: "Contoso", provider: "IdentityWatch", providerVersion: "4.2", subProvider: null },
  by: applications.identityWatch,
  services: ["Directory", "Mail", "Files", "Chat"],
  risk: String,
};
const accessInsight: IdentityProvider = {
  key: "insight",
  vendorInformation: { vendor: "Fabrikam", provider: "AccessInsight", providerVersion: "1.9", subProvider: null },
  by: applications.accessInsight,
  services: ["CodeHost", "Tunnel", "Ledger"],
  risk: (risk) => (risk >= 65 ? "high" : risk >= 30 ? "medium" : "low"),
};
const teamsOfAccessInsight = new Set(["Engineering", "Cloud Platform", "Finance", "Security", "Workplace IT"]);

/** Everybody as IdentityWatch sees them, some also as AccessInsight does; first reports, risks that rose, labels, last reports. */
export function userProfiles(calendar: Calendar): readonly DemoRequest[] {
  const numbers = random("user profiles");
  return people().flatMap((person, index) => {
    const seenBy = teamsOfAccessInsight.has(person.department) ? [identityWatch, accessInsight] : [identityWatch];
    const views = seenBy.flatMap((provider) => view({ person, index, provider, numbers }, calendar));
    return [...views, ...labels(person, index, calendar)];
  });
}

interface View {
  readonly person: Person;
  readonly index: number;
  readonly provider: IdentityProvider;
  readonly numbers: Random;
}

function view(seen: View, calendar: Calendar): readonly DemoRequest[] {
  const { person, index, provider, numbers } = seen;
  const { by, vendorInformation } = provider;
  const name = `${provider.key} ${index}`;
  const night = (daysAgo: number): number => calendar.midnight(daysAgo) + reportTime;
  const report = (daysAgo: number, risk: number): JsonObject => {
    const left = person.leaver && daysAgo < leftDaysAgo;
    return { riskScore: provider.risk(risk), accounts: accounts(seen, { at: night(daysAgo), risk, left }) };
  };
  const change = (daysAgo: number, risk: number): DemoRequest => ({
    at: night(daysAgo),
    method: "PATCH",
    path: `${place}/{${name}}`,
    body: report(daysAgo, risk),
    by,
  });

  const joined = person.joinedDaysAgo;
  const first: DemoRequest = {
    at: night(joined),
    method: "POST",
    path: place,
    body: {
      "@odata.type": "#microsoft.graph.userSecurityProfile",
      ...report(joined, Math.round(person.risk / 3)),
      displayName: person.name,
      tags: [],
      userPrincipalName: person.userPrincipalName,
      vendorInformation,
      department: person.department,
    },
    by,
    as: name,
  };
  const rise = numbers.whole(6, 60);
  const risen = person.risk >= 45 && rise < joined ? [change(rise, Math.min(100, person.risk + 12))] : [];
  const last = Math.min(numbers.whole(0, 4), joined - 1);
  return [first, ...risen, ...(last < 0 ? [] : [change(last, person.risk)])];
}

interface Report {
  readonly at: number;
  readonly risk: number;
  readonly left: boolean;
}

function accounts({ person, provider, numbers }: View, { at, risk, left }: Report): readonly JsonObject[] {
  const [login = ""] = person.userPrincipalName.split("@");
  return provider.services.map((service) => ({
    displayName: person.name,
    lastSeenDateTime: new Date(at - lastSeen(left, numbers)).toISOString(),
    riskScore: provider.risk(Math.max(0, risk - numbers.whole(0, 20))),
    service,
    signinName: service === "CodeHost" ? login.replace(".", "-") : person.userPrincipalName,
    status: left ? numbers.pick(["suspended", "deleted"]) : "active",
  }));
}

/** Milliseconds since somebody was last seen; those who left were not for a while. */
function lastSeen(left: boolean, numbers: Random): number {
  return Math.round((left ? leftDaysAgo - numbers.next() * 20 : 0.3 + numbers.next() * 2.5) * day);
}

/** Labels come from analysts, many at a time. */
function labels({ department, risk, leaver }: Person, index: number, calendar: Calendar): readonly DemoRequest[] {
  const tags = [
    ...(department === "Management" ? ["VIP"] : []),
    ...(department === "Cloud Platform" || index === 4 ? ["Administrator"] : []),
    ...(risk >= 80 ? ["Watch"] : []),
    ...(leaver ? ["Leaver"] : []),
  ];
  if (tags.length === 0) return [];
  const at = calendar.working(1 + (index % 3), 571);
  return [{ at, method: "PATCH", path: `${place}/{watch ${index}}`, body: { tags }, by: staffCaller(index % 3 === 0 ? "amara" : "tomasz") }];
}
