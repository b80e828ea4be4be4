import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "../../src/base/errors.ts";
import type { Json, JsonObject } from "../../src/base/json.ts";
import { createModel } from "../../src/edm/createModel.ts";
import type { Place } from "../../src/edm/model.ts";
import type { ComplexType, EntityType, Property } from "../../src/edm/types.ts";
import { system } from "../../src/edm/systemPermission.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { seeded } from "../fuzz/seeded.ts";
import { openHub, type Answer, type TestHub } from "./hub.ts";
import { bodyFor, makeParents, pathOf } from "./places.ts";

const model = createModel(securityGraph);
const known = new Set(Object.values(catalogue).map(({ status, code }) => `${status} ${code}`));

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ model, placeholders: [] });
  // What connectors the hub gets beside it matters to none of its actions.
  await hub.post("/beta/security/providerTenantSettings", { vendor: "Contoso", provider: "Posture" });
});
afterAll(() => hub.close());

/** Whatever was asked: served, or refused by name in Graph's shape; never a fault of ours. */
function expectAnswered(answer: Answer, asked: string): void {
  if (answer.status < 400) return;
  expect(answer.status, `${asked}: ${answer.text}`).not.toBe(500);
  expect(known.has(`${answer.status} ${answer.json.error?.code}`), `${asked}: ${answer.text}`).toBe(true);
  expect(Object.keys(answer.json), asked).toEqual(["error"]);
  expect(Object.keys(answer.json.error.innerError), asked).toEqual(expect.arrayContaining(["date", "request-id", "client-request-id"]));
}

const oddTexts = [
  "",
  "x",
  "null",
  "ä€😀",
  "'",
  '"',
  "\\",
  "%00",
  "a".repeat(300),
  "2026-01-31T12:00:00.1234567+03:00",
  "2026-02-30T00:00:00Z",
  "String",
  "-0",
  "1e5",
  "__proto__",
  "#microsoft.graph.secureScore",
];
const text = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: "grapheme", maxLength: 12 }));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324, 1.7e308),
);
const anyJson: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    number,
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
})).value;

function fitting(property: Property, depth: number): fc.Arbitrary<Json> {
  const one = ofType(property.type, depth);
  return property.collection ? fc.array(one, { maxLength: 3 }) : one;
}

function ofType(type: Property["type"], depth: number): fc.Arbitrary<Json> {
  if (type.kind === "enum") return fc.constantFrom(...type.members.map(({ name }) => name));
  if (type.kind === "complex") return depth > 3 ? fc.constant({}) : bodyOf(type, depth + 1);
  switch (type.name) {
    case "Edm.Boolean":
      return fc.boolean();
    case "Edm.Int32":
      return fc.integer();
    case "Edm.Int64":
      return fc.maxSafeInteger();
    case "Edm.Double":
      return number;
    case "Edm.DateTimeOffset":
      return fc.date({ noInvalidDate: true, min: new Date("0001-01-02"), max: new Date("9998-12-31") }).map((date) => date.toISOString());
    default:
      return text;
  }
}

/** Mostly values that fit, now and then anything at all, and members that nobody declared. */
function bodyOf(type: EntityType | ComplexType, depth = 0): fc.Arbitrary<JsonObject> {
  const wild = depth === 0 ? 1 : 0;
  const declared = Object.fromEntries(
    type.allProperties.map((property) => [
      property.name,
      fc.oneof({ weight: 30, arbitrary: fitting(property, depth) }, { weight: 1, arbitrary: fc.constant(null) }, { weight: wild, arbitrary: anyJson }),
    ]),
  );
  const named = fc.constantFrom(type.name, `#${type.name}`);
  const body = fc.record({ ...declared, "@odata.type": named }, { requiredKeys: [] });
  return fc
    .tuple(body, fc.dictionary(fc.oneof(fc.constantFrom("mood", "näme", "__proto__", "constructor"), text), anyJson, { maxKeys: 1 }))
    .map(([one, more]) => (depth === 0 ? { ...one, ...more } : one));
}

const filled = model.places.filter(
  (place) =>
    place.kind === "set" &&
    place.definition.hub === undefined &&
    !place.path.startsWith("subscriptions") &&
    place.definition.managers !== true &&
    !place.permissions.write.every((one) => one === system),
);

/** Every row of a collection, page by page. */
async function rowsOf(set: string): Promise<Map<string, JsonObject>> {
  const rows = new Map<string, JsonObject>();
  let link: string | undefined = set;
  while (link !== undefined) {
    const page: Answer = await hub.get(link);
    expect(page.status, page.text).toBe(200);
    for (const row of page.json.value) rows.set(row.id, row);
    link = (page.json["@odata.nextLink"] as string | undefined)?.slice("https://hub.example".length);
  }
  return rows;
}

async function change(
  set: string,
  acknowledged: Map<string, JsonObject>,
  step: { readonly body: JsonObject; readonly patch: JsonObject; readonly remove: boolean },
): Promise<void> {
  const made = await hub.post(set, step.body);
  expectAnswered(made, `POST ${set} ${JSON.stringify(step.body)}`);
  if (made.status !== 201) return;
  const { "@odata.context": _, ...row } = made.json;
  const one = `${set}/${encodeURIComponent(row.id)}`;
  acknowledged.set(row.id, row);
  const patched = await hub.patch(one, step.patch, { headers: { Prefer: "return=representation" } });
  expectAnswered(patched, `PATCH ${one} ${JSON.stringify(step.patch)}`);
  if (patched.status === 200) {
    const { "@odata.context": __, ...now } = patched.json;
    acknowledged.set(row.id, now);
  }
  if (!step.remove) return;
  const removed = await hub.remove(one);
  expectAnswered(removed, `DELETE ${one}`);
  if (removed.status === 204) acknowledged.delete(row.id);
}

test.each(filled.map((place) => ({ place, title: place.path })))(
  "random bodies for $title: never a fault of ours, and the rows are those that were acknowledged",
  async ({ place }: { readonly place: Place }) => {
    const parents = await makeParents(hub, place);
    const set = `/beta${pathOf({ place, through: "home", cast: false }, { hubId: "", parents, form: "segment" })}`;
    const acknowledged = await rowsOf(set);
    const before = acknowledged.size;
    const types = [place.type, ...place.type.derived];
    const body = fc.oneof(
      ...types.map((type) => bodyOf(type).map((one): JsonObject => (type === place.type ? one : { ...one, "@odata.type": `#${type.name}` }))),
    );
    const required: JsonObject = Object.fromEntries(Object.entries(requiredOf(place)));
    const step = fc.record({
      body: body.map((one) => ({ ...one, ...requiredOf(place) })),
      patch: body.map((one) => ({ ...one, ...vendorOf(required) })),
      remove: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(step, (one) => change(set, acknowledged, one)),
      seeded(60),
    );
    expect(acknowledged.size).toBeGreaterThan(before);
    expect(await rowsOf(set)).toEqual(acknowledged);
  },
);

/** What a place asks of every create, so that random bodies get past it often enough. */
function requiredOf(place: Place): JsonObject {
  if (place.path === "security/connectors") return { ...bodyFor(place), limits: null, http: null, openc2: null, exec: null, mock: null, credentials: [] };
  if (place.type.name.endsWith("deviceAppManagementTask")) return { externalReference: null, externalUrl: null, verification: null };
  if (place.type.name.endsWith("ticketSystem")) return { secret: null, statusMap: [] };
  const all: JsonObject = {
    name: "BlockIp",
    parameters: [{ name: "a", value: "b" }],
    vendorInformation: { vendor: "Contoso", provider: "Posture" },
    targets: [],
    action: "block",
    description: "c2",
    expirationDateTime: "2027-01-01T00:00:00Z",
    targetProduct: "SIEM",
    threatType: "C2",
    tlpLevel: "red",
    networkIPv4: "203.0.113.7",
    severity: 1,
    confidence: 1,
  };
  const needed = new Set((place.definition.required ?? []).map((path) => path.split(/[/|]/)[0]!));
  // With targets an action makes others beside it; without a connector nothing can take it back.
  if (place.name === "securityActions") for (const name of ["targets", "duration"]) needed.add(name);
  if (place.type.name.endsWith("tiIndicator")) for (const name of ["networkIPv4", "severity", "confidence"]) needed.add(name);
  if (place.definition.rules?.update !== undefined && place.type.allProperties.some(({ name }) => name === "vendorInformation"))
    needed.add("vendorInformation");
  return Object.fromEntries([...needed].map((name) => [name, all[name] ?? null]));
}

function vendorOf({ vendorInformation }: JsonObject): JsonObject {
  return vendorInformation === undefined ? {} : { vendorInformation };
}

const segments = [
  "security",
  "securities",
  "secureScores",
  "securityActions",
  "deviceAppManagement",
  "deviceAppManagementTasks",
  "managedDevices",
  "microsoft.graph.securityConfigurationTask",
  "microsoft.graph.x",
  "nobody",
  "('nobody')",
  "secureScores('x')",
  "secureScores(id='x')",
  "securities(1)",
  "$count",
  "$value",
  "$ref",
  "$metadata",
  "$batch",
  "vendorInformation",
  "vendor",
  "controlScores",
  "maxScore",
  "id",
  "cancelSecurityAction",
  "updateStatus",
  "submitTiIndicators",
  "tiIndicators",
  "subscriptions",
  "",
  ".",
  "..",
  "%2F",
  "%27",
  "%",
  "%00",
  "%ff",
  "ä",
  "(",
  "''",
  "@odata.etag",
  "__proto__",
];
const options = [
  "$filter=maxScore gt 1",
  "$filter=a/any(x:x eq 1)",
  "$filter=controlScores/any(c:c/score gt 1 and c/controlName ne null)",
  "$filter=contains(id,'x')",
  "$filter='",
  "$filter=id in ('a','b')",
  "$filter=maxScore add 1 eq 2 or not (id eq null)",
  "$filter=maxScore div 0 eq 1",
  "$filter=length(id) mod 0 eq 1",
  "$filter=substring(id,-1) eq 'x'",
  "$filter=year(createdDateTime) eq 99999999999999999999",
  "$filter=maxScore eq 1e400",
  "$filter=createdDateTime gt 0001-01-01T00:00:00Z",
  "$orderby=maxScore desc,id",
  "$orderby=length(id)",
  "$select=id,maxScore",
  "$select=*",
  "$select=vendorInformation/vendor",
  "$expand=secureScores($top=1)",
  "$expand=*",
  "$expand=deviceAppManagementTasks($expand=microsoft.graph.securityConfigurationTask/managedDevices)",
  "$top=0",
  "$top=99999999999999999999",
  "$skip=1",
  "$count=true",
  "$skiptoken=x",
  "$search=x",
  "$format=json",
  "$format=xml",
  "$apply=x",
  "$compute=1 add 1 as x",
  "x=1",
  "%24top=1",
  "$top=1&$top=1",
  "&&",
  "=",
  "$",
  "@p=1",
  "$filter=maxScore eq @p",
  "$filter=id eq @q",
];

const path = fc.array(fc.constantFrom(...segments), { minLength: 0, maxLength: 6 }).map((parts) => parts.join("/"));
const query = fc.array(
  fc.oneof(
    fc.constantFrom(...options),
    fc.tuple(fc.constantFrom("$filter", "$orderby", "$select", "$expand"), text).map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
  ),
  { maxLength: 3 },
);
const target = fc
  .tuple(fc.constantFrom("v1.0", "beta", "LocalTest", "v9", ""), path, query)
  .map(([root, where, parts]) => `/${root}/${where}${parts.length === 0 ? "" : `?${parts.join("&")}`}`);
const method = fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "BREW");
const headers = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { Prefer: "return=minimal, odata.maxpagesize=1" },
  { Prefer: ";;=" },
  { Accept: "application/json;odata.metadata=full;IEEE754Compatible=true" },
  { Accept: ",,," },
  { "If-Match": "*" },
  { "If-None-Match": 'W/"1", "x"' },
  { "OData-MaxVersion": "4.01" },
  { "Content-Type": "application/json;x=" },
);

test("random requests: never a fault of ours, always Graph's shape (R51)", async () => {
  const request = fc.record({ method, target, headers, body: fc.oneof(fc.constant(undefined), anyJson, text) });
  await fc.assert(
    fc.asyncProperty(request, async ({ method: verb, target: where, headers: sent, body }) => {
      const answer = await hub.send(verb, where, { headers: sent, ...(body === undefined || verb === "GET" ? {} : { body: body ?? "null" }) });
      expectAnswered(answer, `${verb} ${where} ${JSON.stringify(sent)} ${JSON.stringify(body)}`);
    }),
    seeded(4000),
  );
});

test("random options of a collection with rows: served or refused by name", async () => {
  const ground = fc.constantFrom(
    "/v1.0/security/secureScores",
    "/v1.0/securities",
    "/beta/security/alerts",
    "/v1.0/deviceAppManagement/deviceAppManagementTasks",
    "/v1.0/security",
  );
  await fc.assert(
    fc.asyncProperty(ground, query, headers, async (where, parts, sent) => {
      const asked = `${where}?${parts.join("&")}`;
      expectAnswered(await hub.get(asked, { headers: sent }), asked);
    }),
    seeded(2000),
  );
});

test("random batches: never a fault of ours, one answer for each request", async () => {
  const item = fc.record(
    { method, url: target, headers: fc.constant({ "Content-Type": "application/json" }), body: anyJson },
    { requiredKeys: ["method", "url", "headers"] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 5 }), async (items) => {
      const answer = await hub.post("/v1.0/$batch", { requests: items.map((one, index) => ({ id: String(index), ...one })) });
      expectAnswered(answer, JSON.stringify(items));
      if (answer.status !== 200) return;
      expect(answer.json.responses).toHaveLength(items.length);
      for (const one of answer.json.responses) expect(one.status, JSON.stringify(one)).not.toBe(500);
    }),
    seeded(200),
  );
});
