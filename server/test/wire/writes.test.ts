import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, vendor, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

const scores = "/v1.0/security/secureScores";
const score = { currentScore: 12.5, maxScore: 80, vendorInformation: vendor, controlScores: [{ controlName: "AdminMFA", score: 5, total: "9" }] };

describe("create", () => {
  test("answers 201 with the whole entity, its place and its tag", async () => {
    const made = await hub.post(scores, score);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      "@odata.context": "https://hub.example/v1.0/$metadata#security/secureScores/$entity",
      "@odata.type": "#microsoft.graph.secureScore",
      currentScore: 12.5,
      enabledServices: [],
      activeUserCount: null,
      controlScores: [{ "@odata.type": "microsoft.graph.controlScore", controlName: "AdminMFA", score: 5, controlCategory: null, total: "9" }],
    });
    expect(made.headers["Location"]).toBe(`https://hub.example/v1.0/security/secureScores('${made.json.id}')`);
  });

  test("keeps unknown members of open types, refuses those of closed ones with every fault named", async () => {
    const open = await hub.post(scores, { ...score, mood: { deep: [1, "x"] } });
    expect(open.json.mood).toEqual({ deep: [1, "x"] });
    const closed = await hub.post("/v1.0/deviceAppManagement/deviceAppManagementTasks", {
      "@odata.type": "#microsoft.graph.securityConfigurationTask",
      mood: 1,
      priority: "medium",
    });
    expect(closed.status).toBe(400);
    expect(closed.json.error.details.map((detail: { target: string }) => detail.target).toSorted()).toEqual(["mood", "priority"]);
    expect(closed.json.error.innerError["request-id"]).toBe(closed.headers["request-id"]);
  });

  test("names path, expectation and value of a wrong type", async () => {
    const wrong = await hub.post(scores, { ...score, controlScores: [{ score: "Double" }] });
    expect(wrong.status).toBe(400);
    expect(wrong.json.error.message).toBe(`Property 'controlScores[0]/score': expected a number, got "Double".`);
  });

  test("drops what the server and the token set, whatever its type", async () => {
    const made = await hub.post(scores, { ...score, id: 17, azureTenantId: 4, createdDateTime: "nonsense" });
    expect(made.status).toBe(201);
    expect(made.json.createdDateTime).toMatch(/Z$/);
  });

  test("an importer may say when a score was taken; offset and digits stay", async () => {
    const caller = callerOf({ permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import"] });
    const made = await hub.post(scores, { ...score, createdDateTime: "2026-01-31T23:30:00.1234567+03:00" }, { caller });
    expect(made.json.createdDateTime).toBe("2026-01-31T23:30:00.1234567+03:00");
    const found = await hub.get(`${scores}?$filter=createdDateTime eq 2026-01-31T20:30:00.1234567Z`);
    expect(found.json.value.map((one: { id: string }) => one.id)).toEqual([made.json.id]);
  });

  test("Prefer: return=minimal", async () => {
    const made = await hub.post(scores, score, { headers: { Prefer: "return=minimal" } });
    expect([made.status, made.text, made.headers["Preference-Applied"]]).toEqual([204, "", "return=minimal"]);
    expect(made.headers["OData-EntityId"]).toBe(made.headers["Location"]);
  });

  test("long integers survive", async () => {
    const made = await hub.post("/beta/security/fileSecurityProfiles", `{"fileType":"exe","size":9007199254740993}`);
    expect(made.text).toContain(`"size":9007199254740993`);
    const found = await hub.get(`/beta/security/fileSecurityProfiles?$filter=size eq 9007199254740993`);
    expect(found.text).toContain(`"size":9007199254740993`);
    const other = await hub.get(`/beta/security/fileSecurityProfiles?$filter=size eq 9007199254740992`);
    expect(other.json.value).toEqual([]);
  });
});

describe("change", () => {
  const make = async (): Promise<{ path: string; etag: string }> => {
    const made = await hub.post(scores, score);
    return { path: `${scores}/${made.json.id}`, etag: made.headers["ETag"]! };
  };

  test("PATCH merges, null clears, collections are replaced; 204 unless asked otherwise (R94, R95)", async () => {
    const { path } = await make();
    const changed = await hub.patch(path, { currentScore: null, enabledServices: ["HasExchange"] });
    expect([changed.status, changed.text]).toEqual([204, ""]);
    const read = await hub.get(path);
    expect(read.json).toMatchObject({ currentScore: null, maxScore: 80, enabledServices: ["HasExchange"] });
    const shown = await hub.patch(path, { maxScore: 81 }, { headers: { Prefer: "return=representation" } });
    expect([shown.status, shown.json.maxScore, shown.headers["Preference-Applied"]]).toEqual([200, 81, "return=representation"]);
  });

  test("If-Match, If-None-Match: 412 and 304 (R101-R103)", async () => {
    const { path, etag } = await make();
    const stale = await hub.patch(path, { maxScore: 1 }, { headers: { "If-Match": `W/"999999"` } });
    expect([stale.status, stale.json.error.code, stale.json.error.innerError.code]).toEqual([412, "resourceModified", "entityTagDoesNotMatch"]);
    expect((await hub.patch(path, { maxScore: 2 }, { headers: { "If-Match": `"x", ${etag}` } })).status).toBe(204);
    const read = await hub.get(path);
    expect((await hub.get(path, { headers: { "If-None-Match": read.headers["ETag"]! } })).status).toBe(304);
    expect((await hub.get(path, { headers: { "If-None-Match": etag } })).status).toBe(200);
    const bad = await hub.patch(path, {}, { headers: { "If-Match": "x" } });
    expect([bad.status, bad.json.error.innerError.code]).toEqual([400, "malformedEntityTag"]);
  });

  test("of 32 parallel PATCHes with one tag one succeeds", async () => {
    const { path, etag } = await make();
    const answers = await Promise.all(Array.from({ length: 32 }, (_, index) => hub.patch(path, { maxScore: index }, { headers: { "If-Match": etag } })));
    expect(answers.map((one) => one.status).toSorted((one, other) => one - other)).toEqual([204, ...Array.from({ length: 31 }, () => 412)]);
  });

  test("of 32 parallel PATCHes without a tag none is lost: each is decided on what is committed", async () => {
    const { path } = await make();
    const marks = Array.from({ length: 32 }, (_, index) => [`mark${index}`, index] as const);
    const answers = await Promise.all(marks.map(([name, index]) => hub.patch(path, { [name]: index })));
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([204]));
    expect((await hub.get(path)).json).toMatchObject(Object.fromEntries(marks));
  });

  test("20 devices at once are all counted in their task", async () => {
    const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
    const task = await hub.post(tasks, { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: "x" });
    const devices = Array.from({ length: 20 }, (_, index) => hub.post(`${tasks}/${task.json.id}/managedDevices`, { displayName: `pc${index}` }));
    expect((await Promise.all(devices)).map((one) => one.status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect((await hub.get(`${tasks}/${task.json.id}`)).json.managedDeviceCount).toBe(20);
  });

  test("upsert must be asked for (R99, R100)", async () => {
    const path = `${scores}/my-own-key`;
    expect((await hub.patch(path, score)).status).toBe(404);
    const made = await hub.patch(path, score, { headers: { Prefer: "create-if-missing" } });
    expect([made.status, made.json.id]).toEqual([201, "my-own-key"]);
    expect((await hub.patch(path, score, { headers: { "If-None-Match": "*" } })).status).toBe(412);
    expect((await hub.patch(`${path}2`, score, { headers: { "If-Match": "*" } })).status).toBe(404);
    expect((await hub.patch(`${path}2`, score, { headers: { "If-None-Match": "*" } })).status).toBe(201);
  });

  test("DELETE, then 404 (R104)", async () => {
    const { path } = await make();
    expect((await hub.remove(path, { body: "null" })).status).toBe(204);
    expect((await hub.remove(path)).status).toBe(404);
    expect((await hub.get(path)).json.error.code).toBe("itemNotFound");
  });

  test("a property alone: read, raw, written, cleared (R9)", async () => {
    const { path } = await make();
    expect((await hub.get(`${path}/vendorInformation/vendor`)).json).toMatchObject({ value: "Contoso" });
    const raw = await hub.get(`${path}/maxScore/$value`);
    expect([raw.text, raw.headers["Content-Type"]]).toEqual(["80", "text/plain;charset=utf-8"]);
    expect((await hub.get(`${path}/activeUserCount`)).status).toBe(204);
    expect((await hub.get(`${path}/controlScores/$count`)).text).toBe("1");
    expect((await hub.send("PUT", `${path}/maxScore`, { body: { value: 99 } })).status).toBe(204);
    expect((await hub.send("DELETE", `${path}/currentScore`)).status).toBe(204);
    expect((await hub.get(path)).json).toMatchObject({ maxScore: 99, currentScore: null });
  });
});

describe("Idempotency-Key", () => {
  test("the same request is carried out once; another body is 409", async () => {
    const headers = { "Idempotency-Key": "k1" };
    const [first, second] = [await hub.post(scores, score, { headers }), await hub.post(scores, { ...score }, { headers })];
    expect(second.json).toEqual(first.json);
    expect((await hub.post(scores, { ...score, maxScore: 1 }, { headers })).status).toBe(409);
    const again = await hub.post(scores, score, { headers, caller: callerOf({ appId: "other-app" }) });
    expect(again.json.id).not.toBe(first.json.id);
  });

  test("failures are not kept", async () => {
    const headers = { "Idempotency-Key": "k2" };
    expect((await hub.post(scores, { maxScore: "x" }, { headers })).status).toBe(400);
    expect((await hub.post(scores, score, { headers })).status).toBe(201);
  });

  test("a retry of an SDK creates nothing twice (R110)", async () => {
    const headers = { "client-request-id": "5a9b8c7d-0000-4000-8000-000000000001" };
    const first = await hub.post(scores, score, { headers });
    const retried = await hub.post(scores, score, { headers: { ...headers, "Retry-Attempt": "1" } });
    expect(retried.json.id).toBe(first.json.id);
  });

  test("a client-request-id alone is no key: the same request creates again, in turn and at once", async () => {
    const headers = { "client-request-id": "correlation-1" };
    const send = (more = {}, body: object = score) => hub.post(scores, body, { headers: { ...headers, ...more } });
    const made = [await send(), await send(), ...(await Promise.all([send(), send(), send(), send({}, { ...score, maxScore: 1 })]))];
    expect(made.map((one) => one.status)).toEqual([201, 201, 201, 201, 201, 201]);
    expect(new Set(made.map((one) => one.json.id)).size).toBe(6);
    const retried = await send({ "Retry-Attempt": "1" });
    expect(made.map((one) => one.json.id)).toContain(retried.json.id);
    const other = await send({ "Retry-Attempt": "1" }, { ...score, maxScore: 2 });
    expect([other.status, other.json.maxScore]).toEqual([201, 2]);
  });

  test("a key belongs to one path: ids that differ in case are two", async () => {
    const controls = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
    for (const id of ["task-a", "task-A"]) expect((await hub.patch(`${controls}/${id}`, {}, { headers: { Prefer: "create-if-missing" } })).status).toBe(201);
    for (const id of ["task-a", "task-A"])
      expect((await hub.post(`${controls}/${id}/updateStatus`, { status: "active" }, { headers: { "Idempotency-Key": "k4" } })).status).toBe(204);
    for (const id of ["task-a", "task-A"]) expect((await hub.get(`${controls}/${id}`)).json.status).toBe("active");
  });

  test("16 at once: one is carried out, the others are told to wait or get its answer", async () => {
    const headers = { "Idempotency-Key": "k3" };
    const answers = await Promise.all(Array.from({ length: 16 }, () => hub.post(scores, score, { headers })));
    const made = new Set(answers.filter((one) => one.status === 201).map((one) => one.json.id));
    expect(made.size).toBe(1);
    expect(answers.every((one) => one.status === 201 || (one.status === 409 && one.headers["Retry-After"] === "1"))).toBe(true);
  });
});
