import { days, type Calendar } from "./calendar.ts";
import { applications, domain } from "./demoCaller.ts";
import type { DemoRequest } from "./demoRequest.ts";

const table: readonly (readonly [kind: string, value: string, reason: string])[] = [
  ["address", "10.20.0.53", "The name server: without it nobody finds anything."],
  ["network", "2001:db8:20::/64", "Where the directory answers."],
  ["user", `breakglass@${domain}`, "The last way in when sign-in is broken."],
  ["device", "ALB-DC-01", "Directory server"],
];

/** What no action of the demo may touch. */
export function protectedTargets(calendar: Calendar): readonly DemoRequest[] {
  return table.map(([kind, value, reason]) => ({
    at: calendar.midnight(days - 1),
    method: "POST",
    path: "/security/protectedTargets",
    body: { kind, value, reason },
    by: applications.setup,
  }));
}
