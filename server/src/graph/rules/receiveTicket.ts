import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { isRefusal, type Decision, type Refusal, type Rule, type Stamp } from "../../edm/rules.ts";
import { invalid } from "./refusals.ts";
import { withMembers } from "./stamped.ts";
import { movedTask } from "./taskWorkflow.ts";
import { referencePath, ticketMessage, type TicketMessage } from "./ticketMessage.ts";

const tasks = "deviceAppManagement/deviceAppManagementTasks";
/** Clocks differ: a message may be so many milliseconds ahead. */
const ahead = 300_000;
const longestNote = 4000;
const longestName = 256;

/** A message of a ticket system and the task that it is about. */
interface Received {
  readonly system: JsonObject;
  readonly message: TicketMessage;
  readonly task: JsonObject;
}

/**
 * receive: brings the status of a ticket to the task that has its reference. A message that was brought before, or is older than what was brought,
 * changes nothing; a step that the task cannot take is refused with those that it can.
 */
export const receiveTicket: Rule = {
  reads({ entity, sent }) {
    const { reference } = ticketMessage(entity, sent["payload"] ?? null);
    if (reference === "") return {};
    return { tasks: { kind: "find", place: tasks, where: [{ path: "externalReference", is: "eq", value: reference }], limit: 1 } };
  },
  decide({ entity, sent }, found, stamp) {
    const message = ticketMessage(entity, sent["payload"] ?? null);
    const refusal = messageRefusal(entity, message, stamp);
    if (refusal !== undefined) return refusal;
    const [task] = (found["tasks"] ?? []) as readonly JsonObject[];
    if (task === undefined) return receipt(entity, "ignored", { reason: `No task has the reference '${cut(message.reference, longestName)}'.` });
    if (message.status === undefined) {
      return receipt(entity, "ignored", { task, reason: `The status '${cut(message.externalStatus, longestName)}' means nothing to a task.` });
    }
    return brought({ system: entity, message, task }, message.status, stamp);
  },
};

function messageRefusal(system: JsonObject, { reference, at }: TicketMessage, { now }: Stamp): Refusal | undefined {
  if (reference === "") return invalid("payload", `The message does not say at '${referencePath(system)}' which ticket it is about.`);
  if (at === undefined) return invalid("payload", "The message says at which time it happened in no way that is read here.");
  if (at === null || Date.parse(at) <= Date.parse(now) + ahead) return undefined;
  return invalid("payload", `The message says that it happened at ${at}, which is yet to come.`);
}

function brought(received: Received, to: string, stamp: Stamp): Decision | Refusal {
  const { system, message, task } = received;
  const { ticket = null } = task;
  const last = isObject(ticket) ? ticket : undefined;
  const since = textOf(last?.["eventDateTime"]);
  const at = message.at ?? "";
  if (at !== "" && at < since) {
    return receipt(system, "stale", { task, reason: `What was told of the ticket at ${since} is newer.` });
  }
  const isKnown = at !== "" && at === since && textOf(last?.["status"]) === cut(message.externalStatus, longestName);
  if (isKnown) return receipt(system, "unchanged", { task, reason: "This was told before." });
  const told = withMembers(task, { ticket: ticketOf(received, stamp) });
  if (task["status"] === to) return written(system, told, "unchanged");
  const moved = step(received, told, to, stamp);
  return isRefusal(moved) ? moved : written(system, moved, "applied");
}

function step({ system, message, task }: Received, told: JsonObject, to: string, stamp: Stamp): JsonObject | Refusal {
  const author = [message.author, textOf(system["displayName"]) || textOf(system["kind"])].filter((one) => one !== "").join(", ");
  const by: Stamp = { ...stamp, user: cut(author, longestName * 2) };
  const note = cut(`${message.reference}: ${message.externalStatus}.${message.note === "" ? "" : ` ${message.note}`}`, longestNote);
  const isEarly = system["acceptsFirst"] === true && task["status"] === "pending" && to === "completed";
  const accepted = isEarly ? movedTask(told, { to: "active", note }, by) : { entity: told };
  if (isRefusal(accepted)) return accepted;
  const moved = movedTask(accepted.entity, { to, note }, by);
  return isRefusal(moved) ? moved : moved.entity;
}

function ticketOf({ system, message }: Received, { now }: Stamp): JsonObject {
  return {
    "@odata.type": "microsoft.graph.taskTicket",
    systemId: system["id"] ?? null,
    status: cut(message.externalStatus, longestName),
    author: message.author === "" ? null : cut(message.author, longestName),
    eventDateTime: message.at ?? now,
    receivedDateTime: now,
  };
}

/** The beginning of a text; half a character at its end would be one that no store holds. */
function cut(text: string, most: number): string {
  return text.slice(0, most).toWellFormed();
}

function written(system: JsonObject, task: JsonObject, outcome: string): Decision {
  return { ...receipt(system, outcome, { task }), also: [{ place: tasks, id: textOf(task["id"]), entity: task }] };
}

function receipt(system: JsonObject, outcome: string, { task, reason = null }: { readonly task?: JsonObject; readonly reason?: Json }): Decision {
  const about = { taskId: task?.["id"] ?? null, taskStatus: task?.["status"] ?? null };
  return { entity: system, keeps: true, result: { "@odata.type": "microsoft.graph.ticketReceipt", outcome, reason, ...about } };
}
