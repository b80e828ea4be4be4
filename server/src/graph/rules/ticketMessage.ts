import { readInstant } from "../../base/instant.ts";
import { isObject, isRawNumber, textOf, type Json, type JsonObject } from "../../base/json.ts";

/** What a message says of a ticket. */
export interface TicketMessage {
  readonly reference: string;
  /** What the ticket system calls the status; "" where the message says nothing of it. */
  readonly externalStatus: string;
  /** What it means for the task; undefined: nothing. */
  readonly status: string | undefined;
  readonly note: string;
  readonly author: string;
  /** When, as the store compares instants; null where the message does not say, undefined where it says what is none. */
  readonly at: string | null | undefined;
}

type Paths = Readonly<Record<"reference" | "status" | "eventDateTime" | "note" | "author", string>>;

interface Kind {
  readonly paths: Paths;
  readonly statuses: Readonly<Record<string, string>>;
}

/** What messages look like, and what statuses mean, unless the ticket system's own entity says otherwise. */
const kinds: Readonly<Record<string, Kind>> = {
  jira: {
    paths: { reference: "issue/key", status: "issue/fields/status/name", eventDateTime: "timestamp", note: "comment/body", author: "user/displayName" },
    statuses: { "in progress": "active", done: "completed", closed: "completed", resolved: "completed", "won't do": "rejected" },
  },
  serviceNow: {
    paths: { reference: "number", status: "state", eventDateTime: "sys_updated_on", note: "work_notes", author: "sys_updated_by" },
    statuses: {
      "2": "active",
      "in progress": "active",
      "6": "completed",
      resolved: "completed",
      "7": "completed",
      closed: "completed",
      "8": "rejected",
      canceled: "rejected",
    },
  },
  other: {
    paths: { reference: "reference", status: "status", eventDateTime: "eventDateTime", note: "note", author: "author" },
    statuses: { active: "active", completed: "completed", rejected: "rejected" },
  },
};

/** Reads a message as its ticket system has them. */
export function ticketMessage(system: JsonObject, payload: Json): TicketMessage {
  const { paths, statuses } = kinds[textOf(system["kind"])] ?? kinds["other"]!;
  const own = isObject(system["payload"]) ? system["payload"] : {};
  const told = (name: keyof Paths): Json => valueAt(payload, textOf(own[name]) || paths[name]);
  const text = (name: keyof Paths): string => plainText(told(name)).trim();
  const externalStatus = text("status");
  const given = mapOf(system);
  const status = (given.size > 0 ? given : new Map(Object.entries(statuses))).get(externalStatus.toLowerCase());
  return { reference: text("reference"), externalStatus, status, note: text("note"), author: text("author"), at: momentOf(told("eventDateTime")) };
}

/** Where a message says which ticket it is about. */
export function referencePath(system: JsonObject): string {
  const own = isObject(system["payload"]) ? textOf(system["payload"]["reference"]) : "";
  return own || (kinds[textOf(system["kind"])] ?? kinds["other"]!).paths.reference;
}

function mapOf({ statusMap }: JsonObject): ReadonlyMap<string, string> {
  const mappings = (Array.isArray(statusMap) ? (statusMap as readonly Json[]) : []).filter(isObject);
  return new Map(mappings.map(({ externalStatus, status }) => [textOf(externalStatus).trim().toLowerCase(), textOf(status)]));
}

function valueAt(payload: Json, path: string): Json {
  let value: Json = payload;
  for (const step of path.split("/")) {
    if (Array.isArray(value)) value = (value as readonly Json[])[Number(step)] ?? null;
    else if (isObject(value) && Object.hasOwn(value, step)) value = value[step]!;
    else return null;
  }
  return value;
}

function plainText(value: Json): string {
  if (isRawNumber(value)) return value.rawJSON;
  return typeof value === "number" ? String(value) : textOf(value);
}

/** Seconds since 1970 are fewer than this until the year 5138; milliseconds are more since 1973. */
const leastMilliseconds = 100_000_000_000;
const farthest = 8_640_000_000_000_000;

function momentOf(value: Json): string | null | undefined {
  if (value === null || value === "") return null;
  const text = plainText(value).trim();
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (number !== undefined) {
    const milliseconds = number < leastMilliseconds ? number * 1000 : number;
    return milliseconds > farthest ? undefined : readInstant(new Date(milliseconds).toISOString());
  }
  // ServiceNow leaves out the zone, which is UTC, and Jira the colon in it.
  const iso = text.replace(" ", "T").replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  return readInstant(/(?:Z|[+-]\d\d:\d\d)$/i.test(iso) ? iso : `${iso}Z`);
}
