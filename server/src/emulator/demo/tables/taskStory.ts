import type { StaffName } from "./staff.ts";

/** Working days ago, the minute of that day, the new status or a mere note, by whom, and what they noted. */
export type TaskStep = readonly [workdaysAgo: number, minutes: number, status: "active" | "completed" | "rejected" | "note", by: StaffName, note: string];

/** What every kind of task tells. */
export interface TaskStory {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly raisedBy: StaffName;
  readonly notes: string;
  readonly assignedTo: StaffName;
  readonly priority: "none" | "high" | "low";
  readonly raised: readonly [workdaysAgo: number, minutes: number];
  /** Days from raising to the due date. */
  readonly due: number;
  readonly steps: readonly TaskStep[];
}
