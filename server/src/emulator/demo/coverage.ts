import type { Control } from "./controlTable.ts";
import { random, type Random } from "./random.ts";
import { configurationTasks, type ConfigurationTask } from "./tables/configurationTasks.ts";
import { coverageChanges, startingCoverage, type CoverageChange } from "./tables/scoreStory.ts";

/** How far a control is fulfilled, 0 to 1, when so many working days lie between a moment and today. */
export type Coverage = (control: Control, workdaysSince: number) => number;

/** Follows every control through the demo: where it started, what the stories changed and what tasks achieved. */
export function coverage(): Coverage {
  const numbers = random("coverage");
  const starts = new Map<string, number>();
  const changes = Map.groupBy([...coverageChanges, ...configurationTasks.flatMap(changesOf)], ({ control }) => control);
  return (control, workdaysSince) => {
    const { name } = control;
    const start = starts.get(name) ?? startingCoverage[name] ?? startOf(control, numbers);
    starts.set(name, start);
    const inOrder = (changes.get(name) ?? []).toSorted((one, other) => other.from - one.from);
    return inOrder.reduce((before, change) => before + (change.coverage - before) * progress(change, workdaysSince), start);
  };
}

/** What is told in no story stays as it is. */
function startOf({ actionType, category }: Control, numbers: Random): number {
  if (actionType === "Behavior" || category === "Device") return numbers.whole(25, 100) / 100;
  return numbers.pick([1, 1, 1, 0.5, 0, 0]);
}

function progress({ from, to }: CoverageChange, workdaysSince: number): number {
  return Math.min(1, Math.max(0, (from - workdaysSince) / (from - to + 1)));
}

/** A completed task fulfils its control, or as much of it as was thought of. */
function changesOf({ control, steps, reaches = 1 }: ConfigurationTask): readonly CoverageChange[] {
  const completed = steps.filter(([, , status]) => status === "completed");
  return completed.map(([workdaysAgo]) => ({ control, from: workdaysAgo, to: workdaysAgo, coverage: reaches }));
}
