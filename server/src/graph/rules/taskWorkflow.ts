import { textOf, type JsonObject } from "../../base/json.ts";
import type { Decision, Draft, Refusal, Rule, Stamp } from "../../edm/rules.ts";
import { countersSent, withCounts } from "./countedIn.ts";
import { invalid } from "./refusals.ts";
import { referenceRefusal } from "./taskReference.ts";
import { withMembers } from "./stamped.ts";
import { dueAfter, isEnded, settled } from "./taskFacts.ts";
import { noteRefusal, withEntry } from "./taskHistory.ts";
import { asksOtherwise, unproven, verificationRefusal } from "./verification.ts";

/** pending → active | rejected; active → completed | rejected; back to active with a note (DESIGN 2). */
const next: Readonly<Record<string, readonly string[]>> = {
  unknown: ["pending", "active", "completed", "rejected"],
  pending: ["active", "rejected"],
  active: ["completed", "rejected"],
  completed: ["active"],
  rejected: ["active"],
};

/** A task begins as pending unless its creator says otherwise; it is due in 30 days, likewise. */
export const raiseTask: Rule = {
  decide(draft, _, stamp) {
    const { entity } = draft;
    const status = entity["status"] ?? "pending";
    const members = {
      createdDateTime: stamp.now,
      completedDateTime: status === "completed" ? stamp.now : null,
      creator: entity["creator"] ?? stamp.user,
      dueDateTime: entity["dueDateTime"] ?? dueAfter(stamp.now),
      status,
      statusHistory: [],
    };
    const assignedTo = entity["assignedTo"] ?? null;
    const raised = withEntry(unproven(withMembers(entity, members)), { status, assignedTo }, stamp);
    return verificationRefusal(entity) ?? referenceRefusal(entity) ?? { entity: settled(raised, stamp.now) };
  },
};

/** A step of a task. */
export interface Step {
  readonly to: string;
  readonly note: string | null;
}

/** The task after a step with a note that is kept; from where it stands, unless it is said from where. */
export function movedTask(entity: JsonObject, { to, note }: Step, stamp: Stamp, from = textOf(entity["status"])): Decision | Refusal {
  if (next[from]?.includes(to) !== true) return transitionRefused(from, to);
  if (isEnded(from) && (note === null || note.trim() === "")) return { refuse: "taskNoteRequired", parameters: { from }, extras: { target: "note" } };
  const moved = withMembers(entity, { status: to, completedDateTime: to === "completed" ? stamp.now : null });
  return { entity: settled(withEntry(unproven(moved), { status: to, note }, stamp), stamp.now) };
}

/** 409; the statuses that are possible stand in `details`, one each. */
function transitionRefused(from: string, to: string): Refusal {
  const allowed = next[from] ?? [];
  const details = allowed.map((message) => ({ code: "AllowedStatus", message, target: "status" }));
  return { refuse: "taskTransition", parameters: { from, to, allowed: allowed.join(", ") }, extras: { target: "status", details } };
}

/** PATCH of a task; a change of its status is a transition without a note, another assignee one more entry of its history. */
export const editTask: Rule = {
  reads: countersSent,
  decide(draft, found, stamp) {
    const from = textOf(draft.before?.["status"]);
    const to = textOf(draft.entity["status"]);
    const refusal = verificationRefusal(draft.entity) ?? referenceRefusal(draft.entity);
    if (refusal !== undefined) return refusal;
    const counted = withTicket(withCounts(draft, found), draft);
    const asked = asksOtherwise(counted, draft.before) ? unproven(counted) : counted;
    const assigned = withAssignee(asked, draft, stamp);
    return from === to ? { entity: settled(assigned, stamp.now) } : movedTask(assigned, { to, note: null }, stamp, from);
  },
};

/** Linked to another ticket, a task knows nothing of it yet. */
function withTicket(entity: JsonObject, { before }: Draft): JsonObject {
  return (entity["externalReference"] ?? null) === (before?.["externalReference"] ?? null) ? entity : withMembers(entity, { ticket: null });
}

function withAssignee(entity: JsonObject, { before }: Draft, stamp: Stamp): JsonObject {
  const { assignedTo = null } = entity;
  if (assignedTo === (before?.["assignedTo"] ?? null)) return entity;
  return withEntry(entity, { status: before?.["status"] ?? null, assignedTo }, stamp);
}

/** updateStatus: a transition with a note that is kept. */
export const updateTaskStatus: Rule = {
  decide(draft, _, stamp) {
    const { status, note } = draft.sent;
    return noteRefusal(note) ?? movedTask(draft.entity, { to: textOf(status), note: typeof note === "string" ? note : null }, stamp);
  },
};

/** assign: gives a task to somebody, or with null to nobody, with a note that is kept. */
export const assignTask: Rule = {
  decide({ entity, sent }, _, stamp) {
    const { assignedTo = null, note } = sent;
    const refusal = noteRefusal(note);
    if (refusal !== undefined) return refusal;
    const entry = { status: entity["status"] ?? null, note: typeof note === "string" ? note : null, assignedTo };
    return { entity: settled(withEntry(withMembers(entity, { assignedTo }), entry, stamp), stamp.now) };
  },
};

/** addNote: one more entry of the history; the status stays. */
export const addTaskNote: Rule = {
  decide({ entity, sent }, _, stamp) {
    const note = textOf(sent["note"]);
    if (note.trim() === "") return invalid("note", "Parameter 'note': expected a text that says something.");
    return noteRefusal(note) ?? { entity: settled(withEntry(entity, { status: entity["status"] ?? null, note }, stamp), stamp.now) };
  },
};
