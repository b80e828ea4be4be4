import type { JsonObject } from "../../base/json.ts";
import { days, type Calendar } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import type { Control } from "./controlTable.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { staffAddress, staffCaller } from "./people.ts";
import { measuredSince, providers, type Provider } from "./providers.ts";
import { controlDecisions } from "./tables/controlDecisions.ts";

const place = "/security/secureScoreControlProfiles";

/** A profile for every control, a moment before it is first scored, and what people decided about some. */
export function controlProfiles(calendar: Calendar): readonly DemoRequest[] {
  const profiles = providers.flatMap((provider) => {
    const byWorth = provider.controls.toSorted((one, other) => other.maxScore - one.maxScore);
    return provider.controls.map((control): DemoRequest => {
      const at = calendar.midnight(measuredSince(control.name, days - 1)) + 2000;
      const body = profileOf(control, provider, byWorth.indexOf(control) + 1);
      return { at, method: "POST", path: place, body, by: applications.scoreImport };
    });
  });
  return [...profiles, ...decisions(calendar)];
}

const impacts: Readonly<Record<string, string>> = {
  low: "Nobody will notice.",
  moderate: "Some people will have to do something differently; tell them before.",
  high: "Most people will notice. Roll it out in rings.",
};

function profileOf(control: Control, { vendorInformation, console }: Provider, rank: number): JsonObject {
  return {
    "@odata.type": "#microsoft.graph.secureScoreControlProfile",
    id: control.name,
    actionType: control.actionType,
    actionUrl: `${console}${control.name}`,
    controlCategory: control.category,
    deprecated: false,
    implementationCost: control.cost,
    maxScore: control.maxScore,
    rank,
    remediation: control.remediation,
    remediationImpact: impacts[control.impact]!,
    service: control.service,
    threats: control.threats,
    tier: control.tier,
    title: control.title,
    userImpact: control.impact,
    vendorInformation,
  };
}

/** Updates name the provider whose control is meant. */
function decisions(calendar: Calendar): readonly DemoRequest[] {
  return controlDecisions.map(([control, workdaysAgo, by, state, assignedTo, comment], index) => {
    const provider = providers.find(({ controls }) => controls.some(({ name }) => name === control));
    if (provider === undefined) throw new Error(`No provider measures ${control}.`);
    const assigned = assignedTo === null ? null : staffAddress(assignedTo);
    const body = { assignedTo: assigned, comment, state, vendorInformation: provider.vendorInformation };
    // Minutes that differ, so that nobody decides two things at once.
    const at = calendar.working(workdaysAgo, 640 + index * 7);
    return { at, method: "PATCH", path: `${place}/${control}`, body, by: staffCaller(by) };
  });
}
