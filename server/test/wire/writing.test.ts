import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { baseUrl, callerOf, openHub, vendor, type Answer, type TestHub } from "./hub.ts";

const model = createModel(securityGraph);
const scores = "/v1.0/security/secureScores";
const actions = "/v1.0/security/securityActions";
const alerts = "/v1.0/security/alerts";
const tasks = "/v1.0/deviceAppManagement/deviceAppManagementTasks";
const action = {
  name: "BlockIp",
  actionReason: "x",
  parameters: [{ name: "IP", value: "203.0.113.7" }],
  vendorInformation: { vendor: "Contoso", provider: "Firewall" },
};
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub({ model });
});
afterAll(() => hub.close());

const refusal = ({ status, json }: Answer): string => `${status} ${json.error?.code} ${json.error?.target}`;
const targets = ({ json }: Answer): string[] => json.error.details.map((one: { target: string }) => one.target);
async function made(body: object = {}, set = scores): Promise<{ path: string; answer: Answer; etag: string }> {
  const answer = await hub.post(set, body);
  expect(answer.status, answer.text).toBe(201);
  return { path: `${set}/${answer.json.id}`, answer, etag: answer.headers["ETag"]! };
}

describe("create", () => {
  test.each([
    [actions, action, "security/securityActions"],
    [scores, {}, "security/secureScores"],
    [tasks, {}, "deviceAppManagement/deviceAppManagementTasks"],
    ["/beta/Security/UserSecurityProfiles/", {}, "security/userSecurityProfiles"],
  ])("R87 POST %s: 201, the entity, an absolute Location that leads to it, its ETag", async (set, body, canonical) => {
    const answer = await hub.post(set, body);
    const root = set.split("/")[1];
    expect([answer.status, answer.headers["Location"]]).toEqual([201, `${baseUrl}/${root}/${canonical}('${answer.json.id}')`]);
    expect(answer.headers["ETag"]).toBe(answer.json["@odata.etag"]);
    const read = await hub.get(answer.headers["Location"]!.slice(baseUrl.length));
    expect([read.json, read.headers["ETag"]]).toEqual([answer.json, answer.headers["ETag"]]);
  });

  test("R88 the server makes the id, a GUID, whatever the body says", async () => {
    const { answer } = await made({ id: "mine", maxScore: 1 });
    expect(answer.json.id).toMatch(guid);
    expect((await hub.get(`${scores}/mine`)).status).toBe(404);
    expect((await made({ id: 17 })).answer.json.id).not.toBe(answer.json.id);
  });

  test.each(["#microsoft.graph.secureScore", "microsoft.graph.secureScore", "#graph.secureScore"])("R89 @odata.type %s at the top", async (type) => {
    const nested = [{ "@odata.type": type.replace("secureScore", "controlScore"), controlName: "MFA" }];
    const { answer } = await made({ "@odata.type": type, controlScores: nested });
    expect([answer.json["@odata.type"], answer.json.controlScores[0]["@odata.type"]]).toEqual(["#microsoft.graph.secureScore", "microsoft.graph.controlScore"]);
  });

  test.each([
    [{ "@odata.type": "#microsoft.graph.alert" }, "@odata.type"],
    [{ "@odata.type": "#microsoft.graph.nothing" }, "@odata.type"],
    [{ vendorInformation: { "@odata.type": "microsoft.graph.controlScore" } }, "vendorInformation"],
  ])("R89 another type is 400: %j", async (body, target) => expect(refusal(await hub.post(scores, body))).toBe(`400 BadRequest ${target}`));

  test("R90 what the server and the token set is dropped, whatever was sent for it", async () => {
    const forged = {
      id: 1,
      appId: 2,
      azureTenantId: "x",
      user: {},
      status: "Completed",
      states: 5,
      errorInfo: "x",
      createdDateTime: false,
      completedDateTime: [],
      lastActionDateTime: 0,
    };
    const caller = callerOf({ appId: "soar", kind: "delegated", user: "ada@x.example" });
    const answer = await hub.post(actions, { ...action, ...forged }, { caller });
    expect(answer.json).toMatchObject({
      appId: "soar",
      azureTenantId: caller.tenant,
      user: "ada@x.example",
      status: "NotStarted",
      errorInfo: null,
      completedDateTime: null,
    });
    expect(answer.json.states).toHaveLength(1);
    expect(Date.parse(answer.json.createdDateTime)).toBeGreaterThan(Date.now() - 60_000);
  });

  test("R90 only an importer says when a score was taken", async () => {
    const createdDateTime = "2020-01-01T00:00:00Z";
    const caller = callerOf({ permissions: ["SecurityEvents.ReadWrite.All", "SecurityData.Import"] });
    expect((await hub.post(scores, { createdDateTime })).json.createdDateTime).not.toMatch(/^2020-/);
    expect((await hub.post(scores, { createdDateTime }, { caller })).json.createdDateTime).toBe(createdDateTime);
  });

  test("R91 an action needs its name, parameters, vendor and provider: each is named", async () => {
    const answer = await hub.post(actions, {});
    expect(refusal(answer)).toBe("400 BadRequest name");
    expect(targets(answer)).toEqual(["name", "parameters", "vendorInformation/vendor", "vendorInformation/provider"]);
    expect(targets(await hub.post(actions, { ...action, parameters: [] }))).toEqual(["parameters"]);
    expect(targets(await hub.post(actions, { ...action, vendorInformation: { provider: "x" } }))).toEqual(["vendorInformation/vendor"]);
  });

  test("R91 updates of what providers own carry vendor and provider", async () => {
    const { path } = await made({ title: "x", vendorInformation: vendor }, alerts);
    expect(refusal(await hub.patch(path, { status: "resolved" }))).toBe("400 BadRequest vendorInformation/vendor");
    expect(refusal(await hub.patch(path, { status: "resolved", vendorInformation: { vendor: "Contoso" } }))).toBe("400 BadRequest vendorInformation/provider");
    expect((await hub.patch(path, { status: "resolved", vendorInformation: vendor })).status).toBe(204);
  });

  test("R92 open types keep unknown members, at the top and nested, and give them back", async () => {
    const { path, answer } = await made({
      mood: { deep: [1, "x", null] },
      controlScores: [{ controlName: "MFA", weight: 7 }],
      averageComparativeScores: [{ basis: "AllTenants", median: 3.5 }],
    });
    for (const { json } of [answer, await hub.get(path)]) {
      expect(json.mood).toEqual({ deep: [1, "x", null] });
      expect(json.controlScores[0].weight).toBe(7);
      expect(json.averageComparativeScores[0].median).toBe(3.5);
    }
  });

  test.each([
    [tasks, { mood: 1 }, "mood"],
    [scores, { vendorInformation: { mood: 1 } }, "vendorInformation/mood"],
    [actions, { ...action, parameters: [{ name: "a", value: "b", mood: 1 }] }, "parameters[0]/mood"],
  ])("R92 closed types refuse them by name: %s %j", async (set, body, target) => {
    const answer = await hub.post(set, body);
    expect(refusal(answer)).toBe(`400 BadRequest ${target}`);
    expect(answer.json.error.message).toMatch(/^Could not find a property named 'mood' on type 'microsoft\.graph\.\w+'\.$/);
  });

  test("R93 names of properties count with their case, and once", async () => {
    expect(refusal(await hub.post(tasks, { DisplayName: "x" }))).toBe("400 BadRequest DisplayName");
    expect((await made({ MaxScore: 5 })).answer.json).toMatchObject({ maxScore: null, MaxScore: 5 });
    const doubled = await hub.post(scores, '{"maxScore":1,"maxScore":2}');
    expect([doubled.status, doubled.json.error.message]).toEqual([400, expect.stringContaining("The name 'maxScore' is repeated within one object.")]);
  });

  test("R97 the answer is the whole entity, with what was not sent; asked for or not", async () => {
    for (const headers of [{}, { Prefer: "return=representation" }] as Record<string, string>[]) {
      const answer = await hub.post(scores, { maxScore: 3 }, { headers });
      expect(answer.json).toMatchObject({ maxScore: 3, currentScore: null, controlScores: [], azureTenantId: callerOf().tenant });
      expect(answer.headers["Preference-Applied"]).toBe(headers["Prefer"]);
    }
  });

  test("R96 return=minimal: 204 with Location and OData-EntityId, and what was done is told", async () => {
    const answer = await hub.post(scores, { maxScore: 9 }, { headers: { Prefer: "return=minimal" } });
    expect([answer.status, answer.text, answer.headers["Preference-Applied"]]).toEqual([204, "", "return=minimal"]);
    expect(answer.headers["OData-EntityId"]).toBe(answer.headers["Location"]);
    expect((await hub.get(answer.headers["Location"]!.slice(baseUrl.length))).json.maxScore).toBe(9);
  });
});

describe("change", () => {
  test("R94 PATCH merges: what is absent stays, null clears, a collection is replaced", async () => {
    const { path } = await made({
      maxScore: 1,
      currentScore: 2,
      enabledServices: ["a", "b"],
      controlScores: [{ controlName: "x", score: 1 }],
      vendorInformation: vendor,
    });
    await hub.patch(path, { currentScore: null, enabledServices: ["c"], controlScores: [{ score: 2 }] });
    const { json } = await hub.get(path);
    expect(json).toMatchObject({ maxScore: 1, currentScore: null, enabledServices: ["c"], vendorInformation: vendor });
    expect(json.controlScores).toEqual([
      { "@odata.type": "microsoft.graph.controlScore", controlCategory: null, controlName: null, description: null, score: 2 },
    ]);
  });

  test("R94 a complex value merges too", async () => {
    const { path } = await made({ registrant: { url: "a.example", organization: "Contoso" } }, "/v1.0/security/domainSecurityProfiles");
    expect((await hub.patch(path, { registrant: { url: null, vendor: "Registry" } })).status).toBe(204);
    expect((await hub.get(path)).json.registrant).toMatchObject({ url: null, organization: "Contoso", vendor: "Registry" });
  });

  test("R95 PATCH is 204 without a body; the entity is for who asks", async () => {
    const { path } = await made({ maxScore: 1 });
    const plain = await hub.patch(path, { maxScore: 2 });
    expect([plain.status, plain.text, plain.headers["Content-Type"], plain.headers["Preference-Applied"]]).toEqual([204, "", undefined, undefined]);
    const shown = await hub.patch(path, { maxScore: 3 }, { headers: { Prefer: "return=representation" } });
    expect([shown.status, shown.json.maxScore, shown.headers["Preference-Applied"]]).toEqual([200, 3, "return=representation"]);
    expect(plain.headers["ETag"]).not.toBe(shown.headers["ETag"]);
  });

  test("R96 PATCH with return=minimal is 204 and says so, where the entity would be given as well", async () => {
    for (const set of [scores, tasks]) {
      const answer = await hub.patch((await made({}, set)).path, {}, { headers: { Prefer: "return=minimal" } });
      expect([answer.status, answer.text, answer.headers["Preference-Applied"]]).toEqual([204, "", "return=minimal"]);
    }
  });

  test("R98 PUT of an entity is 405: updates are PATCH", async () => {
    const { path } = await made({ maxScore: 1 });
    const answer = await hub.send("PUT", path, { body: { maxScore: 2 } });
    expect([answer.status, answer.headers["Allow"]]).toEqual([405, "GET, HEAD, PATCH, DELETE"]);
    expect((await hub.get(path)).json.maxScore).toBe(1);
  });

  test("R99 PATCH of an unknown key is 404; with create-if-missing it creates, and says so", async () => {
    const path = `${scores}/upserted`;
    expect(refusal(await hub.patch(path, { maxScore: 1 }))).toMatch(/^404 itemNotFound/);
    const created = await hub.patch(path, { maxScore: 1 }, { headers: { Prefer: "create-if-missing" } });
    expect([created.status, created.json.id, created.headers["Preference-Applied"]]).toEqual([201, "upserted", "create-if-missing"]);
    expect(created.headers["Location"]).toBe(`${baseUrl}${scores}('upserted')`);
    const updated = await hub.patch(path, { maxScore: 2 }, { headers: { Prefer: "create-if-missing, return=minimal" } });
    expect([updated.status, updated.headers["Preference-Applied"]]).toEqual([204, "return=minimal"]);
    const silent = await hub.patch(`${path}2`, {}, { headers: { Prefer: "create-if-missing, return=minimal" } });
    expect([silent.status, silent.headers["Preference-Applied"]]).toEqual([204, "create-if-missing, return=minimal"]);
  });

  test("R100 If-None-Match: * only inserts, If-Match: * only updates", async () => {
    const path = `${scores}/conditional`;
    expect((await hub.patch(path, { maxScore: 1 }, { headers: { "If-Match": "*", Prefer: "create-if-missing" } })).status).toBe(404);
    expect((await hub.patch(path, { maxScore: 1 }, { headers: { "If-None-Match": "*" } })).status).toBe(201);
    expect(refusal(await hub.patch(path, { maxScore: 2 }, { headers: { "If-None-Match": "*" } }))).toMatch(/^412 resourceModified/);
    expect((await hub.get(path)).json.maxScore).toBe(1);
    expect((await hub.patch(path, { maxScore: 3 }, { headers: { "If-Match": "*" } })).status).toBe(204);
  });

  test("R101 every entity has a weak tag, the header's, that each write changes and none repeats", async () => {
    const { path, etag } = await made();
    const seen = [etag];
    for (const maxScore of [1, 1, 2]) seen.push((await hub.patch(path, { maxScore })).headers["ETag"]!);
    const read = await hub.get(path);
    expect([read.headers["ETag"], read.json["@odata.etag"]]).toEqual([seen.at(-1), seen.at(-1)]);
    for (const tag of seen) expect(tag).toMatch(/^W\/"\d+"$/);
    expect(new Set(seen).size).toBe(4);
    expect((await hub.get(`${scores}?$filter=id eq '${read.json.id}'`)).json.value[0]["@odata.etag"]).toBe(seen.at(-1));
  });

  test("R102 a stale If-Match is 412 and changes nothing: PATCH, DELETE, a property, an action", async () => {
    const { path, etag } = await made({ maxScore: 1 });
    const stale = { headers: { "If-Match": 'W/"0"' } };
    for (const answer of [
      await hub.patch(path, { maxScore: 2 }, stale),
      await hub.remove(path, stale),
      await hub.send("PUT", `${path}/maxScore`, { ...stale, body: { value: 3 } }),
    ])
      expect(refusal(answer)).toMatch(/^412 resourceModified/);
    expect((await hub.get(path)).json).toMatchObject({ maxScore: 1, "@odata.etag": etag });
    const running = await made(action, actions);
    expect((await hub.post(`${running.path}/cancelSecurityAction`, undefined, stale)).status).toBe(412);
    expect((await hub.get(running.path)).json.status).toBe("NotStarted");
  });

  test("R102 If-Match: lists, weak and strong spelling of a tag, and any", async () => {
    const { path } = await made();
    const now = async (): Promise<string> => (await hub.get(path)).headers["ETag"]!;
    for (const form of [(tag: string) => tag, (tag: string) => `"x", ${tag} ,W/"y"`, (tag: string) => tag.slice(2), () => "*"])
      expect((await hub.patch(path, { maxScore: 1 }, { headers: { "If-Match": form(await now()) } })).status).toBe(204);
  });

  test("R103, Q24 304 is for who sends If-None-Match, and has the tag and no body", async () => {
    const { path, etag } = await made();
    for (const tag of [etag, `"x", ${etag}`, "*"]) {
      const answer = await hub.get(path, { headers: { "If-None-Match": tag } });
      expect([answer.status, answer.text, answer.headers["ETag"], answer.headers["Content-Type"]]).toEqual([304, "", etag, undefined]);
    }
    expect((await hub.get(path, { headers: { "If-None-Match": 'W/"0"' } })).status).toBe(200);
    for (const headers of [{}, { "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT" }]) expect((await hub.get(path, { headers })).status).toBe(200);
  });

  test("R104, Q16 DELETE: 204, again 404; a body does not matter", async () => {
    const { path } = await made();
    const first = await hub.remove(path, { body: "null", headers: { "Content-Type": "application/json;odata=verbose" } });
    expect([first.status, first.text]).toEqual([204, ""]);
    expect(refusal(await hub.remove(path))).toMatch(/^404 itemNotFound/);
    expect((await hub.get(path)).status).toBe(404);
  });

  test("R105 cancelSecurityAction: 200 without a body, of an action that has not ended", async () => {
    const { path } = await made(action, actions);
    const answer = await hub.send("POST", `${path}/cancelSecurityAction`);
    expect([answer.status, answer.text, answer.headers["Content-Type"]]).toEqual([200, "", undefined]);
    expect((await hub.get(path)).json.status).toBe("Failed");
    expect(refusal(await hub.send("POST", `${path}/cancelSecurityAction`))).toMatch(/^409 ActionStateConflict/);
  });

  test("R106 an operation without parameters takes no body, an empty one and {}, with Content-Type or without", async () => {
    const sent: [string | undefined, Record<string, string>][] = [
      [undefined, {}],
      ["", {}],
      ["", { "Content-Type": "" }],
      ["{}", { "Content-Type": "application/json" }],
    ];
    for (const [body, headers] of sent) {
      const { path } = await made(action, actions);
      expect((await hub.send("POST", `${path}/cancelSecurityAction`, { headers, ...(body === undefined ? {} : { body }) })).status).toBe(200);
    }
  });

  test("R107 where a type declares no alternate key, only the id is taken for one", async () => {
    for (const key of ["azureTenantId='x'", "maxScore=1", "id='x',maxScore=1"]) expect((await hub.get(`${scores}(${key})`)).status).toBe(400);
  });

  test("R108, Q26 numbers, booleans and ids come in their JSON types, never as text, never as INF or NaN", async () => {
    const { path } = await made({ maxScore: 1.5, licensedUserCount: 3 });
    const { json } = await hub.get(path);
    expect([typeof json.maxScore, typeof json.licensedUserCount, typeof json.id]).toEqual(["number", "number", "string"]);
    for (const maxScore of ["1.5", "INF", "-INF", "NaN", true]) expect(refusal(await hub.post(scores, { maxScore }))).toBe("400 BadRequest maxScore");
    expect((await hub.post(scores, '{"maxScore":1e400}')).status).toBe(400);
  });

  test("R109 a time is kept as the instant it is; the client's own comes back as it was sent, the server's in UTC", async () => {
    const { answer } = await made({ dueDateTime: "2026-05-01T10:00:00.1234567+03:00" }, tasks);
    expect(answer.json.dueDateTime).toBe("2026-05-01T10:00:00.1234567+03:00");
    expect(answer.json.createdDateTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect((await hub.get(`${tasks}?$filter=dueDateTime eq 2026-05-01T07:00:00.1234567Z`)).json.value).toHaveLength(1);
    expect(
      (await hub.get(`${tasks}?$filter=dueDateTime gt 2026-05-01T07:00:00.1234566Z and dueDateTime lt 2026-05-01T07:00:00.1234568Z`)).json.value,
    ).toHaveLength(1);
  });

  test("R110 a POST that an SDK repeats after 429 or 503 creates once; without Retry-Attempt it creates again", async () => {
    const headers = { "client-request-id": "5a9b8c7d-0000-4000-8000-000000000002" };
    const first = await hub.post(scores, { maxScore: 5 }, { headers });
    const retried = await hub.post(scores, { maxScore: 5 }, { headers: { ...headers, "Retry-Attempt": "1" } });
    expect([retried.status, retried.json]).toEqual([201, first.json]);
    expect((await hub.post(scores, { maxScore: 5 }, { headers })).json.id).not.toBe(first.json.id);
    expect((await hub.post(scores, { maxScore: 6 }, { headers: { ...headers, "Retry-Attempt": "1" } })).json.id).not.toBe(first.json.id);
  });
});

describe("enumerations", () => {
  const alert = { vendorInformation: vendor };

  test("R111, Q25 members are printed exactly as $metadata has them", async () => {
    const metadata = (await hub.get("/v1.0/$metadata")).text;
    const { answer } = await made({ ...alert, severity: "HIGH", status: "newalert" }, alerts);
    const done = await made(action, actions);
    await hub.patch(done.path, { status: "completed" }).catch(() => undefined);
    await hub.patch(done.path, { status: "RUNNING" });
    const written = [answer.json.severity, answer.json.status, (await hub.get(done.path)).json.status, done.answer.json.states[0].status];
    expect(written).toEqual(["high", "newAlert", "Running", "NotStarted"]);
    for (const member of written) expect(metadata).toContain(`<Member Name="${member}"`);
  });

  test("R112 no enumeration has members behind its sentinel, so none is hidden; who asks for them is told that he has them", async () => {
    const behind = model.types.flatMap((type) => {
      if (type.kind !== "enum") return [];
      const sentinel = type.members.find(({ name }) => name === "unknownFutureValue");
      return sentinel === undefined ? [] : type.members.filter(({ value }) => value > sentinel.value).map(({ name }) => `${type.name}/${name}`);
    });
    expect(behind).toEqual([]);
    const { path } = await made({ ...alert, severity: "high" }, alerts);
    const headers = { Prefer: "include-unknown-enum-members" };
    for (const answer of [await hub.get(path, { headers }), await hub.get(alerts, { headers })]) {
      expect(answer.headers["Preference-Applied"]).toBe("include-unknown-enum-members");
      expect(answer.text).toContain('"severity":"high"');
    }
    expect((await hub.get(path)).headers).not.toHaveProperty("Preference-Applied");
  });

  test("R113 unknownFutureValue: 400 in a create and an upsert, passed over in a PATCH", async () => {
    for (const severity of ["unknownFutureValue", "UNKNOWNFUTUREVALUE"])
      expect(refusal(await hub.post(alerts, { ...alert, severity }))).toBe("400 BadRequest severity");
    const upsert = await hub.patch(`${alerts}/new`, { ...alert, severity: "unknownFutureValue" }, { headers: { Prefer: "create-if-missing" } });
    expect(refusal(upsert)).toBe("400 BadRequest severity");
    const { path } = await made({ ...alert, severity: "high" }, alerts);
    expect((await hub.patch(path, { ...alert, severity: "unknownFutureValue", title: "x" })).status).toBe(204);
    expect((await hub.get(path)).json).toMatchObject({ severity: "high", title: "x" });
  });

  test("R114 a number behind the sentinel is no member, with the preference as without", async () => {
    for (const headers of [{}, { Prefer: "include-unknown-enum-members" }])
      expect(refusal(await hub.post(alerts, { ...alert, severity: 128 }, { headers }))).toBe("400 BadRequest severity");
  });

  test("R115 enumerations are ordered by their numbers, not by their names", async () => {
    const own = await openHub();
    for (const severity of ["low", "unknown", "high", "informational", "medium"]) await own.post(alerts, { ...alert, severity });
    const ordered = async (order: string): Promise<string[]> => (await own.get(`${alerts}?$orderby=${order}`)).json.value.map((one: any) => one.severity);
    expect(await ordered("severity")).toEqual(["unknown", "informational", "low", "medium", "high"]);
    expect(await ordered("severity desc")).toEqual(["high", "medium", "low", "informational", "unknown"]);
    await own.close();
  });

  test("R116 a member in any case is taken; another text is 400 that names the property and what is allowed", async () => {
    for (const severity of ["high", "HIGH", "hIgH"]) expect((await made({ ...alert, severity }, alerts)).answer.json.severity).toBe("high");
    const answer = await hub.post(alerts, { ...alert, severity: "purple" });
    expect(refusal(answer)).toBe("400 BadRequest severity");
    expect(answer.json.error.message).toMatch(/^Property 'severity': expected one of .*high.*, got "purple"\.$/);
    expect(answer.json.error.message).not.toContain("unknownFutureValue");
  });
});
