import { textOf, type Json, type JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { conflict } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

/** pending → active | rejected; active → completed | rejected; back to active with a note (DESIGN 2). */
const next: Readonly<Record<string, readonly string[]>> = {
  unknown: ["pending", "active", "completed", "rejected"],
  pending: ["active", "rejected"],
  active: ["completed", "rejected"],
  completed: ["active"],
  rejected: ["active"],
};

const dueAfterDays = 30;
const tasks = "deviceAppManagement/deviceAppManagementTasks";

function entry(status: Json, note: Json, stamp: Stamp): JsonObject {
  const author = stamp.user ?? stamp.appId;
  return { "@odata.type": "microsoft.graph.taskStatusEntry", status, note, author, updatedDateTime: stamp.now };
}

/** The default due date: so many days after the task was raised. */
function dueAfter(now: string): string {
  return `${new Date(Date.parse(now) + dueAfterDays * 86_400_000).toISOString().slice(0, 19)}.0000000Z`;
}

/** A task begins as pending unless its creator says otherwise; it is due in 30 days, likewise. */
export const raiseTask: Rule = {
  decide(draft, _, stamp) {
    const { entity } = draft;
    const status = entity["status"] ?? "pending";
    const members = {
      createdDateTime: stamp.now,
      creator: entity["creator"] ?? stamp.user,
      dueDateTime: entity["dueDateTime"] ?? dueAfter(stamp.now),
      status,
      statusHistory: [entry(status, null, stamp)],
    };
    return { entity: withMembers(entity, members) };
  },
};

function transition(entity: JsonObject, to: string, note: string | null, { from, stamp }: { from: string; stamp: Stamp }): Decision | Refusal {
  const allowed = next[from] ?? [];
  if (!allowed.includes(to)) return conflict(`A task cannot go from ${from} to ${to}; possible are ${allowed.join(", ")}.`);
  const reopens = from === "completed" || from === "rejected";
  if (reopens && (note === null || note.trim() === "")) {
    return conflict(`Reopening a ${from} task needs a note: use updateStatus with 'note'.`);
  }
  const history = Array.isArray(entity["statusHistory"]) ? (entity["statusHistory"] as readonly Json[]) : [];
  return { entity: withMembers(entity, { status: to, statusHistory: [...history, entry(to, note, stamp)] }) };
}

/** What is counted in a task, and the place of what is counted, by the type of the task. */
const counted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "microsoft.graph.securityConfigurationTask": { managedDeviceCount: "managedDevices" },
  "microsoft.graph.appVulnerabilityTask": { managedDeviceCount: "microsoft.graph.appVulnerabilityTask/managedDevices", mobileAppCount: "mobileApps" },
};

function countersSent({ type, sent }: Draft): readonly [string, string][] {
  return Object.entries(counted[type] ?? {}).filter(([counter]) => Object.hasOwn(sent, counter));
}

/** PATCH of a task; a change of its status is a transition without a note. A number that is sent stands while nothing is listed to be counted. */
export const editTask: Rule = {
  reads: (draft) =>
    Object.fromEntries(
      countersSent(draft).map(([counter, place]) => [counter, { kind: "count", place: `${tasks}/${place}`, parents: [textOf(draft.entity["id"])] }]),
    ),
  decide(draft, found, stamp) {
    const listed = countersSent(draft).filter(([counter]) => Number(found[counter]) > 0);
    const entity = withMembers(draft.entity, Object.fromEntries(listed.map(([counter]) => [counter, found[counter] ?? 0])));
    const from = textOf(draft.before?.["status"]);
    const to = textOf(draft.entity["status"]);
    return from === to ? { entity } : transition(entity, to, null, { from, stamp });
  },
};

/** updateStatus: a transition with a note that is kept. */
export const updateTaskStatus: Rule = {
  decide(draft, _, stamp) {
    const { status, note } = draft.sent;
    const from = textOf(draft.entity["status"]);
    return transition(draft.entity, textOf(status), typeof note === "string" ? note : null, { from, stamp });
  },
};

/** Devices and apps of a task are counted in the task: `counter` is what they are counted in. */
export function countedIn(counter: string, place: string): { readonly create: Rule; readonly delete: Rule } {
  const counting = (step: number): Rule => ({
    reads: ({ parents }) => ({
      task: { kind: "get", place: tasks, id: parents[0] ?? "" },
      count: { kind: "count", place: `${tasks}/${place}`, parents },
    }),
    decide(draft, found) {
      const task = found["task"] as JsonObject | null;
      const id = draft.parents[0] ?? "";
      if (task === null || !Object.hasOwn(task, counter)) return { refuse: "notFound", parameters: { what: `The task '${id}' has no '${place}'.` } };
      const entity = withMembers(task, { [counter]: Math.max(0, Number(found["count"]) + step) });
      return { entity: draft.entity, also: [{ place: tasks, id, entity }] };
    },
  });
  return { create: counting(1), delete: counting(-1) };
}
