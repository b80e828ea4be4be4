import { globSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorsPage } from "../../../tools/docs/errors.ts";
import { catalogue, problem, type ProblemKey } from "../../src/base/errors.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { callerOf, openHub, vendor, type Answer, type Asked, type TestHub } from "./hub.ts";

const model = createModel(securityGraph);
const scores = "/v1.0/security/secureScores";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const score = { maxScore: 1, vendorInformation: vendor };

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ model });
  await hub.post(scores, { ...score, mood: "good" });
});
afterAll(() => hub.close());

const raw = (body: string, target = scores, headers: Record<string, string> = {}): Promise<Answer> => hub.post(target, body, { headers });
const code = ({ status, json }: Answer): string => `${status} ${json.error?.code ?? ""}`.trim();

/** Graph's error shape, key for key (R35-R40). */
function expectGraphShape(answer: Answer): void {
  const { error } = answer.json;
  expect(Object.keys(answer.json), answer.text).toEqual(["error"]);
  expect(["code", "message", "target", "details", "innerError"]).toEqual(expect.arrayContaining(Object.keys(error)));
  expect(Object.keys(error).filter((name) => name !== "target" && name !== "details")).toEqual(["code", "message", "innerError"]);
  expect(Object.keys(error.innerError).filter((name) => name !== "code")).toEqual(["date", "request-id", "client-request-id"]);
  expect(error.innerError.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  expect(error.innerError["request-id"]).toBe(answer.headers["request-id"]);
  expect(error.innerError["client-request-id"]).toBe(answer.headers["client-request-id"]);
  expect(error.message).toMatch(/\S/);
  expect(answer.text).not.toMatch(/SQL|SELECT |node:|\.ts\b|    at |\/server\//);
  expect(answer.headers["Content-Type"]).toBe("application/json;charset=utf-8");
  expect(answer.headers).toMatchObject({ "OData-Version": "4.0", "Cache-Control": "no-store" });
  expect(Object.values(catalogue).map((entry) => `${entry.status} ${entry.code}`)).toContain(`${answer.status} ${error.code}`);
  for (const detail of error.details ?? []) expect(Object.keys(detail)).toEqual(["code", "message", "target"]);
}

describe("every kind of refusal has Graph's shape (R35, R36, R37, R40, R51, R52, Q1)", () => {
  const kinds: [string, string, () => Promise<Answer>][] = [
    ["path syntax", "400 BadRequest", () => hub.get("/v1.0/security/%zz")],
    ["option syntax", "400 BadRequest", () => hub.get(`${scores}?$filter=(`)],
    ["unknown option", "400 BadRequest", () => hub.get(`${scores}?$nothing=1`)],
    ["unknown segment", "400 BadRequest", () => hub.get("/v1.0/nothing")],
    ["unknown property", "400 BadRequest", () => hub.get(`${scores}?$filter=nothing eq 1`)],
    ["malformed JSON", "400 BadRequest", () => raw("{")],
    ["wrong body", "400 BadRequest", () => hub.post(scores, { maxScore: "x", licensedUserCount: 1.5 })],
    ["bad header", "400 BadRequest", () => hub.get(scores, { headers: { "If-None-Match": "x" } })],
    ["bad version", "400 BadRequest", () => hub.get(scores, { headers: { "OData-MaxVersion": "3.0" } })],
    ["no token", "401 InvalidAuthenticationToken", () => hub.get(scores, { caller: null })],
    ["no permission", "403 Forbidden", () => hub.get(scores, { caller: callerOf({ permissions: [] }) })],
    ["no row", "404 itemNotFound", () => hub.get(`${scores}/nobody`)],
    ["no root", "404 ResourceNotFound", () => hub.get("/v3.0/security")],
    ["wrong method", "405 MethodNotAllowed", () => hub.send("PUT", scores)],
    ["a document written", "405 MethodNotAllowed", () => hub.post("/v1.0/$metadata", {})],
    ["no type", "406 NotAcceptable", () => hub.get(scores, { headers: { Accept: "application/atom+xml" } })],
    ["state", "409 TaskTransitionNotAllowed", async () => hub.post(`${tasks}/${(await hub.post(tasks, {})).json.id}/updateStatus`, { status: "completed" })],
    [
      "stale tag",
      "412 resourceModified",
      async () => hub.patch(`${scores}/${(await hub.post(scores, score)).json.id}`, {}, { headers: { "If-Match": 'W/"0"' } }),
    ],
    ["long URL", "414 RequestUriTooLong", () => hub.get(`${scores}?x=${"x".repeat(17_000)}`)],
    ["XML", "415 UnsupportedMediaType", () => raw("<a/>", scores, { "Content-Type": "text/xml" })],
    ["later", "501 NotImplemented", () => hub.get("/v1.0/$all")],
  ];
  test.each(kinds)("%s: %s", async (_, expected, ask) => {
    const answer = await ask();
    expect(code(answer)).toBe(expected);
    expectGraphShape(answer);
  });

  test("client-request-id is echoed when short and safe, else replaced (R22)", async () => {
    const ask = (id: string): Promise<Answer> => hub.get(`${scores}/nobody`, { headers: { "client-request-id": id } });
    for (const id of ["5a9b8c7d-0000-4000-8000-000000000001", "x", "y".repeat(64)]) expect((await ask(id)).json.error.innerError["client-request-id"]).toBe(id);
    for (const id of ["", "z".repeat(65), "two words", 'quote"\u00e9'])
      expect((await ask(id)).json.error.innerError["client-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("what is thrown that is no refusal says nothing of itself (R40, R50)", async () => {
    const broken = await openHub({ model });
    await broken.store.close();
    const answer = await broken.get(scores);
    expect(code(answer)).toBe("500 generalException");
    expect(answer.json.error.message).toBe("An unexpected error occurred.");
    expectGraphShape(answer);
    await rm(broken.folder, { recursive: true });
  });
});

describe("JSON that is none (R41, R93)", () => {
  test.each([
    ["", "ends too early"],
    ["{", "ends too early"],
    ["   ", "ends too early"],
    ['{"a":1,}', "column 8"],
    ["{'a':1}", "column 2"],
    ['{"a":1 "b":2}', "column 8"],
    ['{"a":01}', "column 7"],
    ['{"a":NaN}', "column 6"],
    ['{"a":1}x', "column 8"],
    ['{"a":"\n"}', "column 7"],
    ['{\n  "a": tru\n}', "line 2, column 8"],
    ['{"a":}', "column 6"],
    ['{"a":[1,,2]}', "column 9"],
    ['{"a":{]}', "column 7"],
    ['{"a" 1}', "column 6"],
    ["[1,]", "column 4"],
    ["}", "column 1"],
    ["{1:2}", "column 2"],
    ["{\"a\":'x'}", "column 6"],
    ['{"a":"x', "ends too early"],
    ['{"a":tru', "column 6"],
    ['{"maxScore":1,"maxScore":2}', "repeated"],
    ['{"maxScore":1,"max\\u0053core":2}', "'maxScore' is repeated"],
    ['{"controlScores":[{"a":1,"a":2}]}', "'a' is repeated"],
    ['{"mood":"a\\u0000b"}', "U+0000"],
    ['{"mo\\u0000od":1}', "U+0000"],
    ['{"mood":"\\ud800"}', "surrogate"],
    ['{"mood":"\\udc00\\ud800"}', "surrogate"],
    ['{"mood":1e999}', "too large"],
    ['{"maxScore":-1e999}', "too large"],
    [`{"mood":${"9".repeat(400)}}`, "too large"],
    [`{"mood":${"[".repeat(70)}${"]".repeat(70)}}`, "nested deeper"],
    ["[]", "Expected a JSON object"],
    ["null", "Expected a JSON object"],
    ["5", "Expected a JSON object"],
    ['"{}"', "Expected a JSON object"],
  ])("%j", async (body, mention) => {
    const answer = await raw(body);
    expect(code(answer), answer.text).toBe("400 BadRequest");
    expect(answer.json.error.message).toContain("Unable to read JSON request payload.");
    expect(answer.json.error.message).toContain(mention);
    expectGraphShape(answer);
  });

  test("bytes that are no UTF-8", async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const { headers } = await hub.service.handle({ method: "POST", target: scores, headers: {}, baseUrl: "" });
    expect(headers["Content-Type"]).toContain("json");
    const authorization = `Test ${Buffer.from(JSON.stringify({ ...callerOf(), permissions: [...callerOf().permissions] })).toString("base64")}`;
    const answer = await hub.service.handle({
      method: "POST",
      target: scores,
      headers: { authorization, "content-type": "application/json" },
      baseUrl: "https://hub.example",
      body,
    });
    expect(answer.status).toBe(400);
    expect(String(answer.body)).toContain("not UTF-8");
  });

  test.each([
    ["", "400 BadRequest"],
    ["text/xml", "415 UnsupportedMediaType"],
    ["text/plain", "415 UnsupportedMediaType"],
    ["application/octet-stream", "415 UnsupportedMediaType"],
    ["application/x-www-form-urlencoded", "415 UnsupportedMediaType"],
    ["application/jsonp", "415 UnsupportedMediaType"],
    ["application/json", "201"],
    ["Application/JSON; charset=utf-8", "201"],
    ["application/json;odata=verbose", "201"],
    ["application/json;charset=UTF-8;IEEE754Compatible=true", "201"],
  ])("Content-Type '%s' answers %s (R42, Q16)", async (type, expected) => {
    const answer = await raw(JSON.stringify(score), scores, { "Content-Type": type });
    expect(code(answer)).toBe(expected);
    if (answer.status >= 400) expect(answer.json.error.target).toBe("Content-Type");
  });

  test("a property alone: octet-stream is read as JSON, XML is not (Q33)", async () => {
    const { id } = (await hub.post(scores, score)).json;
    const put = (type: string): Promise<Answer> => hub.send("PUT", `${scores}/${id}/maxScore`, { body: { value: 2 }, headers: { "Content-Type": type } });
    expect([code(await put("application/octet-stream")), code(await put("text/xml")), code(await put(""))]).toEqual([
      "204",
      "415 UnsupportedMediaType",
      "400 BadRequest",
    ]);
  });
});

describe("names that objects have anyway are plain names", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

  test.each(names)("%s is stored, returned, asked for, and pollutes nothing", async (name) => {
    const own = await openHub({ model });
    for (const option of [`$filter=${name} eq 'x'`, `$select=${name}`, `$orderby=${name}`])
      expect(code(await own.get(`${scores}?${option}`)), option).toBe("400 BadRequest");
    const made = await own.post(scores, `{"maxScore":1,"${name}":"x","controlScores":[{"${name}":{"${name}":1}}]}`);
    expect(made.status, made.text).toBe(201);
    expect(made.text).toContain(`"${name}":"x"`);
    const path = `${scores}/${made.json.id}`;
    expect((await own.get(path)).text).toContain(`"${name}":{"${name}":1}`);
    expect((await own.get(`${path}/${name}`)).json).toMatchObject({ value: "x" });
    expect((await own.get(`${scores}?$filter=${name} eq 'x'`)).json.value).toHaveLength(1);
    expect((await own.get(`${scores}?$filter=${name} eq 'y'`)).json.value).toHaveLength(0);
    expect((await own.get(`${scores}?$orderby=${name} desc`)).json.value).toHaveLength(1);
    expect((await own.get(`${scores}?$select=${name}`)).text).toContain(`"${name}":"x"`);
    expect((await own.patch(path, `{"${name}":{"deep":[1]}}`)).status).toBe(204);
    expect((await own.get(path)).text).toContain(`"${name}":{"deep":[1]}`);
    expect((await own.patch(path, `{"${name}":null}`)).status).toBe(204);
    expect((await own.get(`${scores}?$filter=${name} eq null`)).json.value).toHaveLength(1);
    const control = await own.post("/v1.0/security/secureScoreControlProfiles", { id: name, vendorInformation: vendor });
    expect(
      (
        await own.patch(
          `/v1.0/security/secureScoreControlProfiles/${control.json.id}`,
          `{"vendorInformation":{"vendor":"Contoso","provider":"Posture"},"${name}":{"a":1}}`,
        )
      ).status,
    ).toBe(204);
    expect(({} as Record<string, unknown>)["deep"]).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    await own.close();
  });

  test.each(names)("%s is no property of a closed type, no segment, no option", async (name) => {
    expect((await raw(`{"${name}":1}`, tasks)).json.error.details).toMatchObject([{ target: name }]);
    expect((await raw(`{"vendorInformation":{"${name}":1}}`)).json.error.target).toBe(`vendorInformation/${name}`);
    for (const target of [
      `/v1.0/${name}`,
      `/v1.0/security/${name}`,
      `${tasks}?$filter=${name} eq 1`,
      `${tasks}?$select=${name}`,
      `${tasks}?$orderby=${name}`,
      `${scores}?$filter=controlScores/any(${name}:${name}/score eq ${name})`,
    ]) {
      expect((await hub.get(target)).status, target).toBe(400);
    }
    expect((await hub.send(name, scores)).status).toBe(405);
    expect((await hub.get(`/${name}/security`)).status).toBe(404);
    expect((await hub.get(`${scores}/${name}`)).status).toBe(404);
    expect((await hub.get(scores, { headers: { [name]: "x" } })).status).toBe(200);
  });

  test.each(["a b", "a.b", "a-b", "1a", "", "ä b", "a".repeat(129), "a/b"])("'%s' is no name of a property", async (name) => {
    expect(code(await hub.post(scores, { ...score, [name]: 1 }))).toBe("400 BadRequest");
  });

  test.each(["ä", "_x", "名前", "a".repeat(128), "$ref".slice(1)])("'%s' is", async (name) => {
    expect((await hub.post(scores, { ...score, [name]: 1 })).json[name]).toBe(1);
  });
});

describe("values that do not fit (R49, R92, R108, R109, R116)", () => {
  const task = { "@odata.type": "#microsoft.graph.securityConfigurationTask" };
  test.each<[string, object, string]>([
    [scores, { licensedUserCount: 2_147_483_648 }, "licensedUserCount"],
    [scores, { licensedUserCount: -2_147_483_649 }, "licensedUserCount"],
    [scores, { licensedUserCount: 1.5 }, "licensedUserCount"],
    [scores, { licensedUserCount: "1" }, "licensedUserCount"],
    [scores, { licensedUserCount: true }, "licensedUserCount"],
    [scores, { maxScore: "INF" }, "maxScore"],
    [scores, { maxScore: [1] }, "maxScore"],
    [scores, { enabledServices: "x" }, "enabledServices"],
    [scores, { enabledServices: [1] }, "enabledServices[0]"],
    [scores, { enabledServices: [null] }, "enabledServices[0]"],
    [scores, { enabledServices: null }, "enabledServices"],
    [scores, { controlScores: {} }, "controlScores"],
    [scores, { controlScores: [5] }, "controlScores[0]"],
    [scores, { controlScores: [{ score: 1 }, { score: "x" }] }, "controlScores[1]/score"],
    [scores, { controlScores: [{ "@odata.type": "microsoft.graph.keyValuePair" }] }, "controlScores[0]"],
    [scores, { vendorInformation: { vendor: 1 } }, "vendorInformation/vendor"],
    [scores, { vendorInformation: "x" }, "vendorInformation"],
    [tasks, { ...task, priority: "medium" }, "priority"],
    [tasks, { ...task, priority: 9 }, "priority"],
    [tasks, { ...task, priority: null }, "priority"],
    [tasks, { ...task, dueDateTime: "2026-02-30T00:00:00Z" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: "2026-02-03" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: "2026-02-03T00:00:00" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: "2026-02-03T24:00:00Z" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: "2026-02-03T00:00:00+15:00" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: "0000-01-01T00:00:00Z" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: "9999-12-31T23:59:59-01:00" }, "dueDateTime"],
    [tasks, { ...task, dueDateTime: 1_700_000_000_000 }, "dueDateTime"],
    [tasks, { ...task, intendedSettings: [{ value: "x" }] }, "intendedSettings[0]/name"],
    [tasks, { ...task, displayname: "x" }, "displayname"],
    ["/v1.0/security/fileSecurityProfiles", { size: "x" }, "size"],
    ["/v1.0/security/userSecurityProfiles", { accounts: [{ status: "asleep" }] }, "accounts[0]/status"],
    ["/v1.0/security/userSecurityProfiles", { accounts: [{ status: "unknownFutureValue" }] }, "accounts[0]/status"],
  ])("%s %j", async (target, body, at) => {
    const answer = await hub.post(target, body);
    expect(code(answer), answer.text).toBe("400 BadRequest");
    expect(answer.json.error.target).toBe(at);
    expectGraphShape(answer);
  });

  test("every fault is named at once (R38)", async () => {
    const answer = await hub.post(scores, { licensedUserCount: "x", controlScores: [{ score: "y" }], vendorInformation: { colour: "red" } });
    expect(answer.json.error.details.map((one: any) => one.target)).toEqual(["controlScores[0]/score", "licensedUserCount", "vendorInformation/colour"]);
    expect(answer.json.error.message).toBe(answer.json.error.details[0].message);
    const wrong = await hub.post(tasks, { ...task, intendedSettings: [{ name: 5, value: "x" }, { value: "x" }] });
    expect(wrong.json.error.details.map((one: any) => one.message)).toEqual([
      "Property 'intendedSettings[0]/name': expected a string, got 5.",
      "Property 'intendedSettings[1]/name' is required.",
    ]);
  });

  test.each([
    ["2026-12-01T10:00:00Z", "2026-12-01T10:00:00Z"],
    ["2026-12-01T10:00:00.1234567+03:00", "2026-12-01T10:00:00.1234567+03:00"],
    ["2026-12-01T10:00Z", "2026-12-01T10:00Z"],
    ["2026-12-01T10:00:00.123456789Z", "2026-12-01T10:00:00.1234567Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
    ["2024-02-29T00:00:00-14:00", "2024-02-29T00:00:00-14:00"],
  ])("the instant %s is kept as %s", async (sent, kept) => {
    const made = await hub.post(tasks, { dueDateTime: sent });
    expect(made.json.dueDateTime).toBe(kept);
    expect((await hub.get(`${tasks}?$filter=dueDateTime eq ${encodeURIComponent(sent)}`)).json.value.map((one: any) => one.id)).toContain(made.json.id);
  });

  test("members of enumerations in any case or by number; printed as declared (R111, R116)", async () => {
    for (const priority of ["high", "HIGH", "High", 1]) expect((await hub.post(tasks, { priority })).json.priority).toBe("high");
  });

  test("unknownFutureValue: 400 in a create, no matter in a PATCH; none of the model's enumerations goes beyond it (R112-R114)", async () => {
    for (const type of model.types) {
      if (type.kind !== "enum") continue;
      const sentinel = type.members.find((member) => member.name === "unknownFutureValue");
      const beyond = sentinel === undefined ? [] : type.members.filter((member) => member.value > sentinel.value);
      expect(
        beyond.map(({ name }) => name),
        type.name,
      ).toEqual([]);
    }
    const alerts = "/v1.0/security/alerts";
    expect((await hub.post(alerts, { severity: "unknownFutureValue" })).json.error.target).toBe("severity");
    expect((await hub.post(alerts, { severity: 127 })).json.error.target).toBe("severity");
    const { id } = (await hub.post(alerts, { severity: "high" })).json;
    expect((await hub.patch(`${alerts}/${id}`, { severity: "unknownFutureValue", title: "x", vendorInformation: vendor })).status).toBe(204);
    expect((await hub.get(`${alerts}/${id}`)).json).toMatchObject({ severity: "high", title: "x" });
    const upsert = await hub.patch(`${alerts}/new`, { severity: "unknownFutureValue" }, { headers: { Prefer: "create-if-missing" } });
    expect(code(upsert)).toBe("400 BadRequest");
  });

  test("numbers come back as they were: long, small, negative, whole doubles (R108)", async () => {
    const made = await raw('{"maxScore":1e2,"currentScore":-0.25,"mood":12345678901234567890.123456789,"tiny":1e-7}');
    expect(made.text).toContain('"maxScore":100');
    expect(made.text).toContain('"mood":12345678901234567890.123456789');
    expect((await hub.get(`${scores}/${made.json.id}`)).text).toContain('"mood":12345678901234567890.123456789');
  });
});

describe("a property alone (R9)", () => {
  test("behind a complex value that is null there is nothing; of another type there is no such name", async () => {
    const { id } = (await hub.post(scores, { maxScore: 1 })).json;
    expect([code(await hub.get(`${scores}/${id}/vendorInformation/vendor`)), code(await hub.get(`${scores}/${id}/vendorInformation`))]).toEqual(["204", "204"]);
    const task = (await hub.post(tasks, { "@odata.type": "#microsoft.graph.unmanagedDeviceDiscoveryTask" })).json;
    expect(code(await hub.get(`${tasks}/${task.id}/insights`))).toBe("400 BadRequest");
    expect((await hub.get(`${tasks}/${task.id}/unmanagedDevices/$count`)).text).toBe("0");
  });

  test("long numbers come digit for digit (R108)", async () => {
    const files = "/v1.0/security/fileSecurityProfiles";
    const { id } = (await raw('{"size":9007199254740993}', files)).json;
    expect((await hub.get(`${files}/${id}/size/$value`)).text).toBe("9007199254740993");
    expect((await hub.get(`${files}/${id}/size`)).text).toContain('"value":9007199254740993');
    expect((await hub.send("PUT", `${files}/${id}/size`, { body: '{"value":9007199254740995}' })).status).toBe(204);
    expect((await hub.get(`${files}/${id}/size/$value`)).text).toBe("9007199254740995");
  });
});

describe("ids, links and what is not served", () => {
  test("an id in the body: the URL's or none (Q20)", async () => {
    const { id } = (await hub.post(scores, { id: "mine", ...score })).json;
    expect(id).not.toBe("mine");
    expect((await hub.patch(`${scores}/${id}`, { id, maxScore: 2 })).status).toBe(204);
    const other = await hub.patch(`${scores}/${id}`, { id: "other", maxScore: 3 });
    expect([code(other), other.json.error.target]).toEqual(["400 BadRequest", "id"]);
    expect((await hub.get(`${scores}/${id}`)).json.maxScore).toBe(2);
    expect(code(await hub.patch(`${scores}/made-up`, { id: "other", ...score }, { headers: { Prefer: "create-if-missing" } }))).toBe("400 BadRequest");
    expect(code(await hub.send("PUT", `${scores}/${id}/id`, { body: { value: "x" } }))).toBe("400 BadRequest");
  });

  test.each([
    [tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", managedDevices: [] }],
    [tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", "managedDevices@odata.bind": ["x"] }],
    [tasks, { "@type": "#microsoft.graph.securityConfigurationTask", "managedDevices@bind": ["x"] }],
    ["/v1.0/security", { "secureScores@odata.bind": [] }],
    ["/v1.0/security", { alerts: [{}] }],
  ])("deep insert and bind: %s %j is 501", async (target, body) => expect(code(await hub.post(target, body))).toBe("501 NotImplemented"));

  test("other control information is no matter", async () => {
    const made = await hub.post(scores, {
      "@odata.context": "x",
      "@odata.etag": "x",
      "@odata.id": "x",
      "maxScore@odata.type": "#Double",
      "@my.note": 1,
      ...score,
    });
    expect(made.status, made.text).toBe(201);
    expect(Object.keys(made.json).filter((name) => name.includes("@"))).toEqual(["@odata.context", "@odata.etag", "@odata.type"]);
  });

  test("$each is for PATCH and DELETE: 405", async () => expect((await hub.get(`${scores}/$each`)).headers["Allow"]).toBe("DELETE, PATCH"));

  test.each([
    ["GET", `${scores}?$skip=-1`],
    ["GET", `${scores}?$top=x`],
    ["GET", `${scores}?$count=maybe`],
    ["GET", `${scores}/x?$filter=maxScore eq 1`],
    ["GET", `${scores}/$count?$top=1`],
    ["GET", `${scores}/x/maxScore?$select=id`],
    ["POST", `${scores}?$top=1`],
    ["POST", `${scores}?$expand=x`],
    ["DELETE", `${scores}/x?$select=id`],
    ["PATCH", `${scores}/x?$count=true`],
    ["POST", `${tasks}/x/updateStatus?$select=id`],
    ["GET", `${scores}?$expand=nothing`],
    ["GET", "/v1.0/security?$expand=secureScores($apply=x)"],
  ])("an option that cannot be honoured is refused: %s %s", async (method, target) => {
    const answer = await hub.send(method, target, method === "GET" || method === "DELETE" ? {} : { body: {} });
    expect([400, 501], answer.text).toContain(answer.status);
    expectGraphShape(answer);
  });

  test.each([
    ["$filter=maxScore eq", "$filter", "expected an operand, found the end"],
    ["$filter=maxScore eq 'x'", "$filter", "a value of type double cannot be compared with a value of type string by 'eq'"],
    ["$filter=nothing eq 1", "$filter", "Could not find a property named 'nothing' on type 'microsoft.graph.secureScore'."],
    ["$filter=vendorInformation/nothing eq 1", "$filter", "Could not find a property named 'nothing' on type 'microsoft.graph.securityVendorInformation'."],
    ["$select=nothing", "$select", "Could not find a property named 'nothing' on type 'microsoft.graph.secureScore'."],
    ["$orderby=nothing", "$orderby", "Could not find a property named 'nothing' on type 'microsoft.graph.secureScore'."],
    ["$top=-1", "$top", "expected a whole number that is not negative"],
    ["$skip=-1", "$skip", "expected a whole number that is not negative"],
    ["$count=maybe", "$count", "expected true or false"],
  ])("R43 %s is 400 and says why", async (option, target, why) => {
    const answer = await hub.get(`${scores}?${option}`);
    expect([code(answer), answer.json.error.target]).toEqual(["400 BadRequest", target]);
    expect(answer.json.error.message).toContain(why);
  });

  test("R39 a specific code stands in innerError, the top keeps Graph's own", async () => {
    const { id } = (await hub.post(scores, score)).json;
    const codes = async (tag: string): Promise<unknown[]> => {
      const { error } = (await hub.patch(`${scores}/${id}`, {}, { headers: { "If-Match": tag } })).json;
      return [error.code, error.innerError.code];
    };
    expect([await codes('W/"0"'), await codes("x")]).toEqual([
      ["resourceModified", "entityTagDoesNotMatch"],
      ["BadRequest", "malformedEntityTag"],
    ]);
    expect((await hub.get(`${scores}/nobody`)).json.error.innerError).not.toHaveProperty("code");
  });

  test("R47 a tag that has passed is 412 resourceModified", async () => {
    const { id } = (await hub.post(scores, score)).json;
    const answer = await hub.patch(`${scores}/${id}`, {}, { headers: { "If-Match": 'W/"0"' } });
    expect([code(answer), answer.json.error.message]).toEqual([
      "412 resourceModified",
      expect.stringMatching(/^The entity has changed: its ETag is W\/"\d+"\.$/),
    ]);
  });

  test.each(["W/x", "x", '"', 'W/"a" "b"', ""])("the tag %j is malformed (R47)", async (tag) => {
    const { id } = (await hub.post(scores, score)).json;
    const asked: Asked = { headers: { "If-Match": tag } };
    const answer = await hub.patch(`${scores}/${id}`, {}, asked);
    expect([code(answer), answer.json.error?.innerError.code]).toEqual(["400 BadRequest", "malformedEntityTag"]);
  });
});

test("a page token that is too old is 410 (R46, R75)", async () => {
  let now = Date.now();
  const own = await openHub({ model, clock: () => now });
  for (const maxScore of [1, 2]) await own.post(scores, { ...score, maxScore });
  const link = (await own.get(scores, { headers: { Prefer: "odata.maxpagesize=1" } })).json["@odata.nextLink"].slice("https://hub.example".length);
  now += 23 * 3600 * 1000;
  expect((await own.get(link)).status).toBe(200);
  now += 2 * 3600 * 1000;
  const answer = await own.get(link);
  expect([code(answer), answer.json.error.target]).toEqual(["410 resyncRequired", "$skiptoken"]);
  expectGraphShape(answer);
  await own.close();
});

describe("the catalogue", () => {
  const keys = Object.keys(catalogue) as ProblemKey[];

  test("docs/reference/errors.md is what the catalogue says (R52; else: node run.mjs tools/docs/write.ts)", () => {
    const committed = readFileSync(join(import.meta.dirname, "../../../docs/reference/errors.md"), "utf8").replaceAll("\r\n", "\n");
    expect(committed).toBe(errorsPage());
    const rows = committed.split("\n").filter((line) => /^\| \d{3} /.test(line));
    const told = rows.map((row) => row.split(" | ").slice(0, 3).join(" "));
    const known = keys.map((key) => `| ${catalogue[key].status} \`${catalogue[key].code}\` \`${catalogue[key].message}\``);
    const order = (one: string, other: string): number => one.localeCompare(other);
    expect(told.toSorted(order)).toEqual(known.toSorted(order));
  });

  test("every entry is used, but for the one that waits for limits", () => {
    const sources = globSync("**/*.ts", { cwd: join(import.meta.dirname, "../../src") }).map((file) =>
      readFileSync(join(import.meta.dirname, "../../src", file), "utf8"),
    );
    const unused = keys.filter((key) => !sources.some((text) => text.includes(`"${key}"`)));
    expect(unused.filter((key) => key !== "throttled")).toEqual([]);
  });

  test("templates are filled once: what a client sent is never taken for a parameter", () => {
    expect(problem("unknownProperty", { property: "{type}", type: "{property}" }).message).toBe(
      "Could not find a property named '{type}' on type '{property}'.",
    );
  });
});
