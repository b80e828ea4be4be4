import type { JsonObject } from "../../base/json.ts";
import { reportTime, type Calendar } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { devices, type Device } from "./devices.ts";
import { random, type Random } from "./random.ts";

const hour = 3_600_000;

/** Devices that were part of something, by number, with their risk. */
const seen: readonly (readonly [device: number, risk: string])[] = [
  [12, "medium"],
  [33, "high"],
  [40, "low"],
  [57, "low"],
  [95, "low"],
  [108, "medium"],
  [140, "medium"],
  [163, "high"],
];

/** Devices as EndpointHealth sees them, and the addresses that EdgeFirewall met. */
export function hostProfiles(calendar: Calendar): readonly DemoRequest[] {
  const numbers = random("host profiles");
  const at = calendar.midnight(0) + reportTime;
  const hosts = seen.map(([number, risk]): DemoRequest => {
    const body = hostOf(devices()[number]!, risk, { at, numbers });
    return { at, method: "POST", path: "/security/hostSecurityProfiles", body, by: applications.endpointHealth };
  });
  const addresses = ["203.0.113.24", "203.0.113.88", "198.51.100.77", "198.51.100.9", "192.0.2.146"].map((address): DemoRequest => {
    const body = addressOf(address, { at, numbers });
    return { at, method: "POST", path: "/security/ipSecurityProfiles", body, by: applications.threatFeed };
  });
  return [...hosts, ...addresses];
}

interface Sight {
  readonly at: number;
  readonly numbers: Random;
}

function hostOf({ name, fqdn, os, osVersion, userPrincipalName }: Device, riskScore: string, { at, numbers }: Sight): JsonObject {
  const lastSeenDateTime = new Date(at - numbers.whole(1, 20) * hour).toISOString();
  const firstSeenDateTime = new Date(at - numbers.whole(90, 700) * 24 * hour).toISOString();
  const [accountName = "", accountDomain = ""] = userPrincipalName.split("@");
  return {
    "@odata.type": "#microsoft.graph.hostSecurityProfile",
    firstSeenDateTime,
    fqdn,
    isAzureAdJoined: true,
    lastSeenDateTime,
    logonUsers: [{ accountDomain, accountName, accountType: "standard", firstSeenDateTime, lastSeenDateTime, logonTypes: ["interactive"] }],
    netBiosName: name,
    networkInterfaces: [{ description: "Wireless", ipV4Address: `10.20.${numbers.whole(1, 8)}.${numbers.whole(10, 240)}` }],
    os,
    osVersion,
    riskScore,
    vendorInformation: { vendor: "Fabrikam", provider: "EndpointHealth" },
  };
}

function addressOf(address: string, { at, numbers }: Sight): JsonObject {
  return {
    "@odata.type": "#microsoft.graph.ipSecurityProfile",
    address,
    countHits: numbers.whole(40, 4200),
    countHosts: numbers.whole(1, 12),
    firstSeenDateTime: new Date(at - numbers.whole(60, 89) * 24 * hour).toISOString(),
    lastSeenDateTime: new Date(at - numbers.whole(1, 9 * 24) * hour).toISOString(),
    riskScore: numbers.pick(["medium", "high"]),
    tags: ["Blocked"],
    vendorInformation: { vendor: "Contoso", provider: "EdgeFirewall" },
  };
}
