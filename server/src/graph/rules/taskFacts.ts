import { readInstant } from "../../base/instant.ts";
import { textOf, type JsonObject } from "../../base/json.ts";
import { withMembers } from "./stamped.ts";

const dueAfterDays = 30;

/** The default due date of a task: so many days after it was raised. */
export function dueAfter(now: string): string {
  return `${new Date(Date.parse(now) + dueAfterDays * 86_400_000).toISOString().slice(0, 19)}.0000000Z`;
}

/** True for the statuses in which nothing is left to be done. */
export function isEnded(status: string): boolean {
  return status === "completed" || status === "rejected";
}

/** What follows from the other members at a moment: whether the task is overdue. */
export function settled(entity: JsonObject, now: string): JsonObject {
  const due = readInstant(textOf(entity["dueDateTime"]));
  return withMembers(entity, { isOverdue: !isEnded(textOf(entity["status"])) && due !== undefined && due < now });
}
