import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTrail } from "../../src/cli/audit/openTrail.ts";
import { verifyTrail } from "../../src/cli/audit/verifyTrail.ts";
import { databasePlace, filePlace } from "../../src/cli/transfer/place.ts";
import { createSecrets } from "../../src/base/secrets.ts";
import { databaseOf, engine, storedRows } from "../engine.ts";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { callerOf, everything, openHub, otherTenant, type Asked, type TestHub } from "./hub.ts";

const ann = { caller: callerOf({ kind: "delegated", user: "ann@contoso.example", appId: "console" }), headers: { "user-agent": "tester/1.0" } };
const list = "/v1.0/security/auditRecords";
let hub: TestHub;
let scoreId: string;
beforeAll(async () => {
  hub = await openHub();
  scoreId = (await hub.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: "P" }, currentScore: 3 }, ann)).json.id;
  await hub.patch(`/v1.0/security/secureScores/${scoreId}`, { currentScore: 4, colour: "red" }, ann);
  await hub.remove(`/v1.0/security/secureScores/${scoreId}`, ann);
});
afterAll(() => hub.close());

async function verified(one: TestHub) {
  const file = join(one.folder, "hub.sqlite");
  const place = engine === "sqlite" ? filePlace(file) : databasePlace((await databaseOf(file, createModel(securityGraph))).url, "--from");
  const trail = await openTrail(place);
  try {
    return await verifyTrail(trail, {});
  } finally {
    await trail.close();
  }
}

const found = async (query: string, asked: Asked = {}): Promise<any[]> => (await hub.get(`${list}?${query}`, asked)).json.value;

describe("every write is a record", () => {
  test("newest first, with who, what, when and from where", async () => {
    const { json } = await hub.get(`${list}?$count=true`);
    expect(json["@odata.count"]).toBe(3);
    expect(json.value.map(({ number, activity }: { number: number; activity: string }) => `${number} ${activity}`)).toEqual([
      "3 delete",
      "2 update",
      "1 create",
    ]);
    expect(json.value[1]).toMatchObject({
      "@odata.type": "#microsoft.graph.auditRecord",
      id: "2",
      category: "change",
      result: "success",
      tenantId: ann.caller.tenant,
      appId: "console",
      userPrincipalName: "ann@contoso.example",
      userAgent: "tester/1.0",
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      resourceType: "microsoft.graph.secureScore",
      resourcePath: `security/secureScores/${scoreId}`,
      statusCode: null,
    });
  });

  test("an update shows each property before and after, a delete what there was, a create its digest", async () => {
    const [removed, updated, created] = await found("$select=resources");
    expect(updated.resources[0].changes).toEqual([
      { after: "4", before: "3", name: "currentScore" },
      { after: '"red"', name: "colour" },
    ]);
    expect(JSON.parse(removed.resources[0].before)).toMatchObject({ id: scoreId, currentScore: 4, colour: "red" });
    expect(created.resources[0]).toMatchObject({ change: "create", version: 1, digest: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test("the digest is that of the entity as it is read", async () => {
    const { json } = await hub.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: "P" } });
    const { text } = await hub.get(`/v1.0/security/secureScores/${json.id}`);
    const [record] = await found("$top=1");
    const body = `{${text.slice(text.indexOf('"@odata.etag"'))}`;
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(body))).toString("base64url");
    expect(record.resources[0].digest).toBe(digest);
  });

  test("a batch says of each of its requests where the batch came from", async () => {
    const body = { requests: [{ id: "1", method: "DELETE", url: `/security/secureScores/${(await found("$top=1"))[0].resourcePath.split("/").at(-1)}` }] };
    expect((await hub.post("/v1.0/$batch", body, ann)).json.responses[0].status).toBe(204);
    expect((await found("$top=1"))[0]).toMatchObject({ activity: "delete", userAgent: "tester/1.0", userPrincipalName: "ann@contoso.example" });
  });

  test("what is secret stands in none", async () => {
    const expirationDateTime = new Date(Date.now() + 3_600_000).toISOString();
    const sent = {
      changeType: "updated",
      resource: "security/alerts",
      notificationUrl: "https://receiver.example/hook",
      expirationDateTime,
      clientState: "hush",
    };
    const { json } = await hub.post("/v1.0/subscriptions", sent);
    await hub.patch(`/v1.0/subscriptions/${json.id}`, { expirationDateTime: new Date(Date.now() + 7_200_000).toISOString() });
    await hub.remove(`/v1.0/subscriptions/${json.id}`);
    const { text } = await hub.get(`${list}?$top=3`);
    expect(text).not.toContain("hush");
    expect(JSON.parse(JSON.parse(text).value[0].resources[0].before)).toMatchObject({ resource: "security/alerts" });
  });
});

test("what went with a deleted entity is counted and told, each as it was; a hundred of them one by one", async () => {
  const own = await openHub();
  const tasks = "/beta/deviceAppManagement/deviceAppManagementTasks";
  const plain = (await own.post(`${tasks}/microsoft.graph.securityConfigurationTask`, { displayName: "T" })).json.id as string;
  const full = (await own.post(`${tasks}/microsoft.graph.securityConfigurationTask`, { displayName: "F", description: "x".repeat(9000) })).json.id as string;
  const requests = Array.from({ length: 105 }, (_, n) => ({
    id: String(n),
    method: "POST",
    url: `/deviceAppManagement/deviceAppManagementTasks/${full}/managedDevices`,
    headers: { "content-type": "application/json" },
    body: { displayName: `D${n}` },
  }));
  for (let start = 0; start < requests.length; start += 20) {
    const { json } = await own.post("/beta/$batch", { requests: requests.slice(start, start + 20) });
    expect(new Set(json.responses.map((one: { status: number }) => one.status))).toEqual(new Set([201]));
  }
  for (const id of [plain, full]) expect((await own.remove(`${tasks}/${id}`)).status).toBe(204);
  const [{ resources, firstChange, lastChange }, without] = (await own.get(`${list}?$top=2`)).json.value;
  const [task, ...below] = resources;
  expect(without.resources).toEqual([expect.not.objectContaining({ contained: expect.anything() })]);
  expect(task).toMatchObject({
    change: "delete",
    contained: 105,
    isCut: true,
    path: `deviceAppManagement/deviceAppManagementTasks/${full}`,
    version: firstChange,
  });
  expect(lastChange - firstChange).toBe(105);
  expect(below).toHaveLength(100);
  expect(below[0]).toMatchObject({ change: "delete", type: "microsoft.graph.vulnerableManagedDevice", version: firstChange + 1 });
  for (const { before, path } of below) expect(path).toBe(`deviceAppManagement/deviceAppManagementTasks/${full}/managedDevices/${JSON.parse(before).id}`);
  expect((await own.get(`${list}?$filter=resources/any(r:r/contained gt 100)&$select=number`)).json.value).toHaveLength(1);
  expect((await own.get(`${list}?$filter=resources/any(r:r/isCut)&$select=number`)).json.value).toHaveLength(1);
  expect((await verified(own)).faults).toEqual([]);
  await own.close();
});

test("credentials of connectors stand in no record, whatever is done with them", async () => {
  const own = await openHub({ secrets: createSecrets(["0123456789abcdef0123456789abcdef"]) });
  const credentials = [{ scheme: "basic", userName: "hub", secret: "t0ps3cret" }];
  const body = { vendor: "V", provider: "P", kind: "http", http: { url: "https://fw.example/" }, actions: [{ name: "BlockIp" }], credentials };
  const { status, json } = await own.post("/v1.0/security/connectors", body);
  expect(status).toBe(201);
  expect((await own.patch(`/v1.0/security/connectors/${json.id}`, { credentials: [{ ...credentials[0], secret: "an0ther" }] })).status).toBeLessThan(300);
  expect((await own.remove(`/v1.0/security/connectors/${json.id}`)).status).toBe(204);
  const { text } = await own.get(list);
  expect(text).toContain("securityConnector");
  const sealed = await storedRows(join(own.folder, "hub.sqlite"), `SELECT "body" FROM "audit"`);
  for (const secret of ["t0ps3cret", "an0ther", "secgraph.sealed"])
    expect([secret, text.includes(secret), JSON.stringify(sealed).includes(secret)]).toEqual([secret, false, false]);
  await own.close();
});

describe("the collection speaks OData", () => {
  test.each([
    ["$filter=activity eq 'update'&$select=number", ["7", "2"]],
    ["$filter=userPrincipalName eq 'ann@contoso.example' and category eq 'change' and number le 3", ["3", "2", "1"]],
    ["$filter=resourceType eq 'microsoft.graph.subscription'&$count=true&$top=1", ["8"]],
    ["$filter=createdDateTime gt 2020-01-01T00:00:00Z&$orderby=createdDateTime,number&$top=2", ["1", "2"]],
    ["$filter=result eq 'failure' or statusCode eq 403", []],
    ["$filter=startswith(resourcePath,'subscriptions/')&$orderby=number", ["6", "7", "8"]],
    ["$orderby=number&$skip=1&$top=1", ["2"]],
    ["$filter=resources/any(r:r/change eq 'update')&$select=number", ["7", "2"]],
    ["$filter=resources/any(r:r/type eq 'microsoft.graph.secureScore' and r/version le 3)", ["2", "1"]],
    ["$filter=resources/any(r:r/changes/any(c:c/name eq 'colour' and c/after eq '\"red\"'))", ["2"]],
    ["$filter=resources/any(r:r/changes/any(c:c/name eq 'currentScore' and c/before eq '3'))&$orderby=number", ["2"]],
    ["$filter=resources/all(r:r/change eq 'delete') and resources/any()", ["8", "5", "3"]],
    ["$filter=resources/any(r:contains(r/before,'currentScore'))", ["5", "3"]],
    ["$filter=resources/$count eq 0", []],
    ["$filter=resources/any(r:r/isCut)", []],
    ["$filter=resources/any(r:r/isCut eq null and r/contained eq null and r/version eq 1)", ["1"]],
    ["$filter=number le 3&$orderby=resources/$count desc,number&$top=2", ["1", "2"]],
  ])("%s", async (query, ids) => {
    expect((await found(query.replaceAll(" ", "%20"))).map(({ id }) => id)).toEqual(ids);
  });

  test("pages go on from record to record", async () => {
    const seen: string[] = [];
    for (let target: string | undefined = `${list}?$top=3`; target !== undefined;) {
      const { json } = await hub.get(target);
      seen.push(...json.value.map(({ id }: { id: string }) => id));
      target = json["@odata.nextLink"]?.slice("https://hub.example".length);
    }
    expect(seen).toEqual(["8", "7", "6", "5", "4", "3", "2", "1"]);
  });

  test("one record, its properties and the number of all", async () => {
    expect((await hub.get(`${list}/2/activity`)).json.value).toBe("update");
    expect((await hub.get(`${list}/$count`)).text).toBe("8");
    expect((await hub.get(`${list}/02`)).status).toBe(404);
    expect((await hub.get("/v1.0/security?$expand=auditRecords($top=1;$select=id)")).json.auditRecords[0].id).toBe("8");
    expect((await hub.get(`${list}?$apply=groupby((activity),aggregate($count%20as%20n))`)).json.value).toContainEqual(
      expect.objectContaining({ activity: "update", n: 2 }),
    );
  });

  test("what cannot be looked into is said so", async () => {
    expect((await hub.get(`${list}?$filter=resources/any(r:r/nothing%20eq%20'x')`)).status).toBe(400);
    expect((await hub.get(`${list}?$search=ann`)).status).toBe(400);
  });

  test("nobody writes there, and nobody is told of it", async () => {
    for (const [method, target] of [
      ["POST", list],
      ["PATCH", `${list}/1`],
      ["DELETE", `${list}/1`],
      ["PUT", `${list}/1`],
    ] as const)
      expect([method, (await hub.send(method, target, { body: { activity: "x" } })).status]).toEqual([method, 405]);
    expect((await hub.get(`${list}/delta()`)).status).toBe(501);
    const expirationDateTime = new Date(Date.now() + 3_600_000).toISOString();
    const sent = { changeType: "created", resource: "security/auditRecords", notificationUrl: "https://receiver.example/hook", expirationDateTime };
    expect((await hub.post("/v1.0/subscriptions", sent)).status).toBe(400);
  });

  test("it takes a permission of its own", async () => {
    const others = everything.filter((name) => name !== "AuditLog.Read.All");
    expect((await hub.get(list, { caller: callerOf({ permissions: others }) })).status).toBe(403);
    expect((await hub.get("/v1.0/security?$expand=auditRecords", { caller: callerOf({ permissions: others }) })).status).toBe(403);
    expect((await hub.get(list, { caller: callerOf({ permissions: ["AuditLog.Read.All"] }) })).status).toBe(200);
  });

  test("another tenant sees its own alone", async () => {
    const stranger = { caller: callerOf({ tenant: otherTenant }) };
    expect((await hub.get(list, stranger)).json.value).toEqual([]);
    await hub.post("/v1.0/security/secureScores", { vendorInformation: { vendor: "V", provider: "P" } }, stranger);
    expect((await hub.get(list, stranger)).json.value.map(({ id }: { id: string }) => id)).toEqual(["1"]);
    expect((await hub.get(`${list}/2`, stranger)).status).toBe(404);
    const expanded = await hub.get("/v1.0/security?$expand=auditRecords($select=hubId;$count=true)", stranger);
    expect(expanded.json.auditRecords).toMatchObject([{ id: "1", hubId: expanded.json.id }]);
    const own = await hub.get("/v1.0/securities?$expand=auditRecords($top=2;$select=hubId)");
    expect(own.json.value.flatMap((one: any) => one.auditRecords.map(({ hubId }: { hubId: string }) => hubId === one.id))).toEqual([true, true]);
  });
});

test("the chains of all hubs are whole, also of writes that came at once", async () => {
  const score = (index: number) => ({ vendorInformation: { vendor: "V", provider: `P${index}` } });
  const made = await Promise.all(Array.from({ length: 40 }, (_, index) => hub.post("/v1.0/security/secureScores", score(index))));
  expect(made.every(({ status }) => status === 201)).toBe(true);
  const { chains, faults } = await verified(hub);
  expect(faults).toEqual([]);
  expect(chains.map(({ first, count, last }) => [first, count === last]).length).toBe(2);
  expect(chains.map(({ last }) => last).toSorted((a, b) => a - b)).toEqual([1, expect.any(Number)]);
});
