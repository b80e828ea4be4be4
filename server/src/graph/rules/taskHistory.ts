import type { Json, JsonObject } from "../../base/json.ts";
import type { Refusal, Stamp } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";

/** What a task keeps of its history: the first entry and the newest. All of it stands in the audit trail. */
const kept = 1000;
const longestNote = 4000;

/** One more line of a task's history. */
export interface TaskEntry {
  readonly status: Json;
  readonly note?: string | null;
  readonly assignedTo?: Json;
}

/** The task with one more entry in its history, by the caller and at the moment of the stamp. */
export function withEntry(entity: JsonObject, { status, note = null, assignedTo = null }: TaskEntry, stamp: Stamp): JsonObject {
  const author = stamp.user ?? stamp.appId;
  const entry = { "@odata.type": "microsoft.graph.taskStatusEntry", status, note, assignedTo, author, updatedDateTime: stamp.now };
  const before = Array.isArray(entity["statusHistory"]) ? (entity["statusHistory"] as readonly Json[]) : [];
  const history = before.length < kept ? before : [before[0]!, ...before.slice(before.length - kept + 2)];
  return withMembers(entity, { statusHistory: [...history, entry] });
}

/** A note that is longer than a task keeps. */
export function noteRefusal(note: Json | undefined): Refusal | undefined {
  if (typeof note !== "string" || note.length <= longestNote) return undefined;
  return invalid("note", `Parameter 'note': expected at most ${longestNote} characters, got ${note.length}.`);
}
