import { textOf, type JsonObject } from "../../base/json.ts";
import type { Stamp } from "../../edm/rules.ts";
import { isTerminal, moved } from "./actionStates.ts";
import { ended, resultInfo } from "./dispatchState.ts";

/** How many children of an action are in each status. */
export interface ChildCounts {
  readonly NotStarted: number;
  readonly Running: number;
  readonly Completed: number;
  readonly Failed: number;
}

/** Counts children. */
export function countsOf(children: readonly JsonObject[]): ChildCounts {
  const of = (status: string): number => children.filter((child) => child["status"] === status).length;
  return { NotStarted: of("NotStarted"), Running: of("Running"), Completed: of("Completed"), Failed: of("Failed") };
}

/** The parent as its children are: running once one of them has begun, ended with the last, failed if one of them did. Unchanged (the same object) where nothing is new. */
export function parentProgress(parent: JsonObject, counts: ChildCounts, stamp: Stamp): JsonObject {
  const status = textOf(parent["status"]);
  if (isTerminal(status)) return parent;
  const open = counts.NotStarted + counts.Running;
  if (open > 0) return status === "NotStarted" && counts.NotStarted < open + counts.Completed + counts.Failed ? moved(parent, "Running", stamp) : parent;
  if (counts.Failed === 0) return ended(parent, "Completed", null, stamp);
  const all = counts.Failed + counts.Completed;
  return ended(parent, "Failed", resultInfo(5, `${counts.Failed} of ${all} actions failed.`), stamp);
}
