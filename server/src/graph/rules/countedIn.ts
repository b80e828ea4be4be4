import { textOf, type JsonObject } from "../../base/json.ts";
import type { Draft, Found, NamedReads, Rule } from "../../edm/rules.ts";
import { withMembers } from "./stamped.ts";

const tasks = "deviceAppManagement/deviceAppManagementTasks";

/** What is counted in a task, and the place of what is counted, by the type of the task. */
const counted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "microsoft.graph.securityConfigurationTask": { managedDeviceCount: "managedDevices" },
  "microsoft.graph.appVulnerabilityTask": { managedDeviceCount: "microsoft.graph.appVulnerabilityTask/managedDevices", mobileAppCount: "mobileApps" },
};

/** What a patch of a task asks: how many are listed of what it sends a number of. */
export function countersSent({ type, sent, entity }: Draft): NamedReads {
  const id = textOf(entity["id"]);
  const names = Object.entries(counted[type] ?? {}).filter(([counter]) => Object.hasOwn(sent, counter));
  return Object.fromEntries(names.map(([counter, place]) => [counter, { kind: "count", place: `${tasks}/${place}`, parents: [id] }]));
}

/** A number that is sent stands while nothing is listed to be counted. */
export function withCounts(draft: Draft, found: Found): JsonObject {
  const listed = Object.keys(countersSent(draft)).filter((counter) => Number(found[counter]) > 0);
  return withMembers(draft.entity, Object.fromEntries(listed.map((counter) => [counter, found[counter] ?? 0])));
}

/**
 * Devices and apps of a task are counted in the task: `counter` is what they are counted in. The number goes on from the one that stands, so
 * that the ten thousandth costs what the second does; a number that was only sent is forgotten with the first that is listed.
 */
export function countedIn(counter: string, place: string): { readonly create: Rule; readonly delete: Rule } {
  const counting = (step: 1 | -1): Rule => ({
    reads: ({ parents }) => ({
      task: { kind: "get", place: tasks, id: parents[0] ?? "" },
      // One, or more than one: a number that was sent for what is not listed says nothing.
      listed: { kind: "count", place: `${tasks}/${place}`, parents, limit: 2 },
    }),
    decide(draft, found) {
      const task = found["task"] as JsonObject | null;
      const id = draft.parents[0] ?? "";
      if (task === null || !Object.hasOwn(task, counter)) return { refuse: "notFound", parameters: { what: `The task '${id}' has no '${place}'.` } };
      const listed = Number(found["listed"]);
      const next = listed < 2 ? listed + step : Number(task[counter]) + step;
      return { entity: draft.entity, also: [{ place: tasks, id, entity: withMembers(task, { [counter]: Math.max(0, next) }) }] };
    },
  });
  return { create: counting(1), delete: counting(-1) };
}
