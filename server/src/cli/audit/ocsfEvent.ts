import { isObject, textOf, type Json, type JsonObject } from "../../base/json.ts";
import { version } from "../version.ts";

/** The version of the Open Cybersecurity Schema Framework that events say they follow. */
const schemaVersion = "1.3.0";

interface EventClass {
  readonly category: readonly [uid: number, name: string];
  readonly uid: number;
  readonly name: string;
  /** By the activity of a record; others are 99, Other. */
  readonly activities: Readonly<Record<string, readonly [id: number, name: string]>>;
}

const apiActivity: EventClass = {
  category: [6, "Application Activity"],
  uid: 6003,
  name: "API Activity",
  activities: {
    create: [1, "Create"],
    POST: [1, "Create"],
    GET: [2, "Read"],
    update: [3, "Update"],
    PATCH: [3, "Update"],
    PUT: [3, "Update"],
    delete: [4, "Delete"],
    DELETE: [4, "Delete"],
  },
};
const authentication: EventClass = {
  category: [3, "Identity & Access Management"],
  uid: 3002,
  name: "Authentication",
  activities: { signIn: [1, "Logon"], signOut: [2, "Logoff"] },
};

/** A record as an event: API Activity (6003), or Authentication (3002) for sign-ins. What has no place in the schema is under `unmapped`. */
export function ocsfEvent(record: JsonObject): JsonObject {
  const kind = record["category"] === "signIn" ? authentication : apiActivity;
  const [activity, activityName] = kind.activities[textOf(record["activity"])] ?? [99, textOf(record["activity"])];
  const [category, categoryName] = kind.category;
  const failed = record["result"] === "failure";
  const time = Date.parse(textOf(record["createdDateTime"]));
  return present({
    activity_id: activity,
    activity_name: activityName,
    category_uid: category,
    category_name: categoryName,
    class_uid: kind.uid,
    class_name: kind.name,
    type_uid: kind.uid * 100 + activity,
    severity_id: failed ? 2 : 1,
    time,
    ...repeated(record, time),
    status_id: failed ? 2 : 1,
    status: failed ? "Failure" : "Success",
    status_code: record["errorCode"],
    metadata: {
      version: schemaVersion,
      product: { name: "secgraph", vendor_name: "secgraph", version: version() },
      uid: `${textOf(record["hubId"])}/${JSON.stringify(record["number"])}`,
      sequence: record["number"]!,
      log_name: "audit",
    },
    ...(kind === authentication ? authenticationParts(record) : apiParts(record)),
    unmapped: unmapped(record),
  });
}

function repeated({ occurrences, lastDateTime }: JsonObject, start: number): Members {
  if (typeof occurrences !== "number") return {};
  return { count: occurrences, start_time: start, end_time: Date.parse(textOf(lastDateTime)) };
}

function apiParts(record: JsonObject): Members {
  const { resources, statusCode } = record;
  const response = typeof statusCode === "number" ? { code: statusCode, error: record["errorCode"] ?? null } : undefined;
  return {
    actor: present({ ...appOf(record), user: userOf(record) }),
    api: present({
      operation: record["activity"],
      service: { name: "secgraph" },
      request: textOf(record["requestId"]) === "" ? undefined : { uid: record["requestId"]! },
      response,
    }),
    src_endpoint: endpointOf(record),
    http_request: requestOf(record),
    resources: Array.isArray(resources) ? resources.map(resourceOf) : undefined,
  };
}

function authenticationParts(record: JsonObject): Members {
  return {
    user: userOf(record) ?? (isAppKnown(record) ? { uid: record["appId"]!, type_id: 3 } : { name: unknown, type_id: 0 }),
    actor: present(appOf(record)),
    service: { name: "secgraph issuer" },
    src_endpoint: endpointOf(record),
    http_request: requestOf(record),
    is_remote: true,
  };
}

/** What an object says that has to say something, of whom nobody knows. */
const unknown = "unknown";

function isAppKnown({ appId }: JsonObject): boolean {
  return textOf(appId) !== "";
}

function appOf(record: JsonObject): Members {
  return isAppKnown(record) ? { app_uid: record["appId"] } : { app_name: unknown };
}

function userOf({ userPrincipalName, userPseudonym, tenantId }: JsonObject): JsonObject | undefined {
  const [name, pseudonym] = [textOf(userPrincipalName), textOf(userPseudonym)];
  if (name === "" && pseudonym === "") return undefined;
  return present({ name: name === "" ? undefined : name, uid: pseudonym === "" ? name : pseudonym, type_id: 1, org: { uid: tenantId! } });
}

/** An endpoint needs something that it is known by; what the server does by itself comes from no address, and some are erased. */
function endpointOf({ clientAddress, requestId }: JsonObject): JsonObject {
  const ip = textOf(clientAddress);
  if (ip !== "") return { ip };
  return textOf(requestId) === "" ? { svc_name: "secgraph" } : { name: unknown };
}

function requestOf({ userAgent, requestId }: JsonObject): JsonObject | undefined {
  const [agent, id] = [textOf(userAgent), textOf(requestId)];
  return agent === "" && id === "" ? undefined : present({ user_agent: agent === "" ? undefined : agent, uid: id === "" ? undefined : id });
}

function resourceOf(resource: Json): JsonObject {
  if (!isObject(resource)) return {};
  const { path, type, version: changed } = resource;
  return present({ uid: path, type, version: changed === undefined ? undefined : JSON.stringify(changed), data: resource });
}

/** What makes the event one of a chain, so that it can be found there. */
function unmapped({ hubId, tenantId, category, seal, previousSeal, clientRequestId, lastChange }: JsonObject): JsonObject {
  return present({ hubId, tenantId, category, seal, previousSeal, clientRequestId, lastChange });
}

type Members = Readonly<Record<string, Json | undefined>>;

function present(members: Members): JsonObject {
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null));
}
