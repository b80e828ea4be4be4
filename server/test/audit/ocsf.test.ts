import { expect, test } from "vitest";
import { ocsfEvent } from "../../src/cli/audit/ocsfEvent.ts";
import { isObject, type Json, type JsonObject } from "../../src/base/json.ts";
import { parseStored } from "../../src/base/parseJson.ts";
import type { AuditEntry } from "../../src/store/audit/auditEntry.ts";
import { sealRecord } from "../../src/store/audit/sealRecord.ts";

/** What OCSF 1.3 asks of an object: attributes that have to be there, of which one at least, and the values of enumerations. */
interface Asked {
  readonly required?: readonly string[];
  readonly atLeastOne?: readonly string[];
  readonly enums?: Readonly<Record<string, readonly number[]>>;
}

const common = ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"];
const enums = { severity_id: [0, 1, 2, 3, 4, 5, 6, 99], status_id: [0, 1, 2, 99] };
const classes: Readonly<Record<number, Asked>> = {
  6003: { required: [...common, "actor", "api", "src_endpoint"], enums: { ...enums, activity_id: [0, 1, 2, 3, 4, 99], category_uid: [6] } },
  3002: { required: [...common, "user"], atLeastOne: ["service", "dst_endpoint"], enums: { ...enums, activity_id: [0, 1, 2, 3, 4, 5, 99], category_uid: [3] } },
};
/** Objects by the name of the attribute that they are the value of. */
const objects: Readonly<Record<string, Asked>> = {
  metadata: { required: ["product", "version"] },
  product: { required: ["vendor_name"] },
  actor: { atLeastOne: ["process", "user", "invoked_by", "session", "app_name", "app_uid"] },
  user: { atLeastOne: ["account", "name", "uid"], enums: { type_id: [0, 1, 2, 3, 99] } },
  org: { atLeastOne: ["name", "uid"] },
  api: { required: ["operation"] },
  request: { required: ["uid"] },
  response: { required: ["code"] },
  service: { atLeastOne: ["name", "uid"] },
  src_endpoint: { atLeastOne: ["ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"] },
  resources: { atLeastOne: ["name", "uid"] },
};

function faultsOf(name: string, value: JsonObject, { required = [], atLeastOne, enums: listed = {} }: Asked): string[] {
  const isThere = (one: string): boolean => Object.hasOwn(value, one) && value[one] !== null && value[one] !== "";
  const inside = Object.entries(value).flatMap(([member, one]) => {
    const asked = objects[member];
    if (asked === undefined || name === "unmapped") return [];
    const all: readonly Json[] = Array.isArray(one) ? one : [one];
    return all.flatMap((each) => (isObject(each) ? faultsOf(member, each, asked) : [`${name}.${member} is no object`]));
  });
  return [
    ...required.filter((one) => !isThere(one)).map((one) => `${name}.${one} is missing`),
    ...(atLeastOne === undefined || atLeastOne.some(isThere) ? [] : [`${name} has none of ${atLeastOne.join(", ")}`]),
    ...Object.entries(listed).flatMap(([one, values]) =>
      isThere(one) && !values.includes(value[one] as number) ? [`${name}.${one} is ${JSON.stringify(value[one])}`] : [],
    ),
    ...inside,
  ];
}

const at = "2026-11-22T18:00:00.1234567Z";
const by = { verb: "create", at, tenant: "11111111-1111-4111-8111-111111111111", appId: "app", user: null };
const origin = { address: "192.0.2.7", userAgent: "tester/1.0", requestId: "2b9d" };
const unknown = { appId: "", user: null, origin: { requestId: "2b9d" } };

/** A record with its seal, as an export has it; without its details where they were erased. */
function recordOf(entry: AuditEntry, isErased = false): JsonObject {
  const resources =
    entry.category === undefined ? [{ change: entry.verb, path: "security/secureScores/1", type: "microsoft.graph.secureScore", version: 7 }] : [];
  const { body, seal } = sealRecord({ entry, hub: "93f71079-569e-8c5e-bf11-52b2d747d62b", number: 3, previousSeal: "x", first: 7, last: 7, resources });
  const record = { ...parseStored(body), seal };
  return isErased ? { ...record, salt: null, resources: null, clientAddress: null, userPrincipalName: null, userAgent: null, resourcePath: null } : record;
}

const repeated = { occurrences: 4, lastAt: at };
const refusal = { status: 403, code: "Forbidden" };
const failed = { status: 400, code: "invalid_grant" };
const ann = { user: "ann@contoso.example", pseudonym: "p", origin };

test.each<[string, readonly [classUid: number, activity: number, status: number], AuditEntry, boolean?]>([
  ["a create", [6003, 1, 1], { ...by, ...ann }],
  ["an update by an application", [6003, 3, 1], { ...by, verb: "update", origin }],
  ["a delete by the server", [6003, 4, 1], { ...by, verb: "delete" }],
  ["an action", [6003, 99, 1], { ...by, ...ann, verb: "cancelSecurityAction" }],
  ["one whose details were erased", [6003, 1, 1], { ...by, ...ann }, true],
  ["a refused write", [6003, 3, 2], { ...by, ...ann, verb: "PATCH", category: "refusal", refusal, repeated, path: "/security/alerts/{id}" }],
  ["a refused read", [6003, 2, 2], { ...by, verb: "GET", category: "refusal", refusal, repeated, origin }],
  ["a caller whom nobody knows", [6003, 1, 2], { ...by, ...unknown, verb: "POST", category: "refusal", refusal, repeated }],
  [
    "more than can be told",
    [6003, 99, 2],
    { ...by, ...unknown, verb: "several", category: "refusal", refusal: { status: 0, code: "TooManyToTell" }, repeated },
  ],
  ["what the system did", [6003, 99, 1], { ...by, verb: "removeOldRecords", category: "system", removed: { through: 2, seal: "y" } }],
  ["a sign-in", [3002, 1, 1], { ...by, ...ann, verb: "signIn", category: "signIn", repeated }],
  ["one that failed, of nobody known", [3002, 1, 2], { ...by, ...unknown, verb: "signIn", category: "signIn", refusal: failed, repeated }],
  ["a sign-out", [3002, 2, 1], { ...by, ...ann, verb: "signOut", category: "signIn", repeated }],
  ["a token of an application", [3002, 99, 1], { ...by, verb: "token", category: "signIn", repeated, origin }],
  ["a sign-in whose details were erased", [3002, 1, 1], { ...by, ...ann, verb: "signIn", category: "signIn", repeated }, true],
])("%s is an event as OCSF 1.3 has it", (_, [uid, activity, status], entry, isErased) => {
  const event = ocsfEvent(recordOf(entry, isErased));
  expect(faultsOf("event", event, classes[uid]!)).toEqual([]);
  expect(event).toMatchObject({ class_uid: uid, activity_id: activity, type_uid: uid * 100 + activity, status_id: status, time: Date.parse(at) });
  expect(Math.floor(uid / 1000)).toBe(event["category_uid"]);
  expect(JSON.stringify(event)).not.toMatch(/:null|undefined/);
  if (isErased === true) expect(JSON.stringify(event)).not.toMatch(/ann@|192\.0\.2\.7|tester/);
});
