import { actions } from "./actions.ts";
import { alerts } from "./alerts.ts";
import { calendar, days } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import { controlProfiles } from "./controlProfiles.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { hostProfiles } from "./hostProfiles.ts";
import { indicators } from "./indicators.ts";
import { practiceConnector } from "./practiceConnector.ts";
import { protectedTargets } from "./protectedTargets.ts";
import { secureScores } from "./secureScores.ts";
import { tasks } from "./tasks.ts";
import { userProfiles } from "./userProfiles.ts";

/** The demo's history, oldest first: always the same for the day in which `today` (milliseconds since 1970) lies. */
export function demoRequests(today: number): readonly DemoRequest[] {
  const past = calendar(today);
  const setup: DemoRequest = {
    at: past.midnight(days - 1),
    method: "PATCH",
    path: "/security",
    body: { displayName: "Alderbrook (demo)" },
    by: applications.setup,
  };
  const parts = [practiceConnector, protectedTargets, controlProfiles, secureScores, userProfiles, actions, tasks, alerts, indicators, hostProfiles];
  return [setup, ...parts.flatMap((part) => part(past))].toSorted((one, other) => one.at - other.at);
}
