import type { JsonObject } from "../../base/json.ts";
import { days, reportTime, type Calendar } from "./calendar.ts";
import { applications } from "./demoCaller.ts";
import type { Control } from "./controlTable.ts";
import { coverage, type Coverage } from "./coverage.ts";
import type { DemoRequest } from "./demoRequest.ts";
import { people } from "./people.ts";
import { measuredSince, providers, type Provider } from "./providers.ts";
import { random } from "./random.ts";

/** A snapshot of each provider for each night: the score is the sum of its controls, in quarter points. */
export function secureScores(calendar: Calendar): readonly DemoRequest[] {
  const covered = coverage();
  const heads = people();
  return Array.from({ length: days }, (_, index) => days - 1 - index).flatMap((daysAgo) =>
    providers.map((provider): DemoRequest => {
      const licensed = heads.filter(({ joinedDaysAgo }) => joinedDaysAgo >= daysAgo).length;
      const body = snapshot(provider, { calendar, daysAgo, covered, licensed });
      const at = calendar.midnight(daysAgo) + reportTime;
      return { at, method: "POST", path: "/security/secureScores", body, by: applications.scoreImport };
    }),
  );
}

interface Night {
  readonly calendar: Calendar;
  readonly daysAgo: number;
  readonly covered: Coverage;
  readonly licensed: number;
}

function snapshot(provider: Provider, { calendar, daysAgo, covered, licensed }: Night): JsonObject {
  const workdays = calendar.workdaysSince(daysAgo);
  const measured = provider.controls.filter(({ name }) => daysAgo <= measuredSince(name, days));
  const controlScores = measured.map((control) => scoreOf(control, provider, covered(control, workdays)));
  const maxScore = measured.reduce((sum, control) => sum + control.maxScore, 0);
  const taken = calendar.midnight(daysAgo) + provider.second * 1000;
  return {
    "@odata.type": "#microsoft.graph.secureScore",
    activeUserCount: activeUsers(licensed, new Date(taken).getUTCDay()),
    averageComparativeScores: averages(provider, maxScore, daysAgo),
    controlScores,
    createdDateTime: new Date(taken).toISOString(),
    currentScore: controlScores.reduce((sum, { score }) => sum + score, 0),
    enabledServices: provider.enabledServices,
    licensedUserCount: licensed,
    maxScore,
    vendorInformation: provider.vendorInformation,
  };
}

/** On the mornings of Sunday and Monday the day before was one off. */
function activeUsers(licensed: number, weekday: number): number {
  return Math.round(licensed * (weekday === 0 || weekday === 1 ? 0.24 : 0.93));
}

function scoreOf(control: Control, provider: Provider, share: number): JsonObject & { readonly score: number } {
  const { name, category, maxScore, actionType } = control;
  const named = { controlCategory: category, controlName: name };
  const counted = provider.counts[category];
  if (actionType === "Behavior" && counted !== undefined) {
    const [noun, total] = counted;
    const count = Math.round(total * share);
    return { ...named, description: `${count} of ${total} ${noun} are covered.`, score: quarters((maxScore * count) / total), count, total };
  }
  return { ...named, description: described(actionType, share), score: quarters(maxScore * share) };
}

/** Quarter points are exact in a double, and so are their sums. */
function quarters(points: number): number {
  return Math.round(points * 4) / 4;
}

function described(actionType: string, share: number): string {
  const isReview = actionType === "Review";
  if (share === 0) return isReview ? "Not reviewed." : "Not set.";
  if (share === 1) return isReview ? "Reviewed." : "Set.";
  return isReview ? "Partly reviewed." : "Set for a part.";
}

/** What comparable companies reach rises slowly. */
function averages({ vendorInformation }: Provider, maxScore: number, daysAgo: number): readonly JsonObject[] {
  const numbers = random(`averages of ${vendorInformation.provider}`);
  const level = 0.4 + numbers.next() * 0.12;
  const at = (lead: number): number => quarters(maxScore * (level + lead + (days - daysAgo) * 0.0003));
  return [
    { averageScore: at(0), basis: "AllTenants" },
    { averageScore: at(0.03), basis: "TotalSeats", seatSizeRangeLowerValue: "101", seatSizeRangeUpperValue: "500" },
    { averageScore: at(0.06), basis: "IndustryTypes", categoryValue: "Wholesale" },
  ];
}
