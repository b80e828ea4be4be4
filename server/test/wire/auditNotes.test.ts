import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller } from "../../src/auth/caller.ts";
import { problem } from "../../src/base/errors.ts";
import { callerOf, openHub, otherTenant, tenant, type TestHub } from "./hub.ts";

const operatorTenant = "99999999-9999-4999-8999-999999999999";
const list = "/v1.0/security/auditRecords?$filter=category%20ne%20'change'&$orderby=number&$top=900";
const score = { vendorInformation: { vendor: "V", provider: "P" } };
const ann = { caller: callerOf({ kind: "delegated", user: "ann@contoso.example" }), headers: { "user-agent": "tester/1.0" } };
const throttle = ({ appId }: Caller): undefined => {
  if (appId === "busy") throw problem("throttled", { seconds: "1" });
};
let hub: TestHub;
let id: string;
beforeAll(async () => {
  hub = await openHub({ operatorTenant, throttle });
  id = (await hub.post("/v1.0/security/secureScores", score)).json.id;
  await hub.post("/v1.0/security/secureScores", score, { caller: callerOf({ tenant: operatorTenant }) });
});
afterAll(() => hub.close());

async function noted(of: string = tenant): Promise<any[]> {
  await hub.service.notes.flush();
  return (await hub.get(list, { caller: callerOf({ tenant: of }) })).json.value;
}

test("what is refused to a caller again and again is one record with the number of times", async () => {
  for (let times = 0; times < 3; times += 1) expect((await hub.post("/v1.0/security/secureScores", { currentScore: "x" }, ann)).status).toBe(400);
  expect((await hub.patch(`/v1.0/security/secureScores/${id}`, {}, { headers: { "if-match": 'W/"99"' } })).status).toBe(412);
  const reader = callerOf({ permissions: ["SecurityEvents.Read.All"], appId: "reader" });
  expect((await hub.get("/v1.0/security/securityActions", { caller: reader })).status).toBe(403);
  expect((await hub.get("/v1.0/security/secureScores/nothing", ann)).status).toBe(404);
  expect((await hub.remove("/v1.0/security/secureScores/nothing", ann)).status).toBe(404);
  const found = await noted();
  expect(
    found.map(({ activity, statusCode, errorCode, occurrences, appId, resourcePath }) => [activity, statusCode, errorCode, occurrences, appId, resourcePath]),
  ).toEqual([
    ["POST", 400, "BadRequest", 3, "test-app", "/security/secureScores"],
    ["PATCH", 412, expect.any(String), 1, "test-app", "/security/secureScores/{id}"],
    ["GET", 403, "Forbidden", 1, "reader", "/security/securityActions"],
    ["DELETE", 404, "itemNotFound", 1, "test-app", "/security/secureScores/{id}"],
  ]);
  expect(found[0]).toMatchObject({
    category: "refusal",
    result: "failure",
    userPrincipalName: "ann@contoso.example",
    userAgent: "tester/1.0",
    lastDateTime: expect.stringMatching(/Z$/),
  });
  expect(found[0].userPseudonym).toMatch(/^[\w-]{22}$/);
});

test("who nobody knows is told to the operator, who has no hub to nobody", async () => {
  expect((await hub.get("/v1.0/security/secureScores", { caller: null })).status).toBe(401);
  expect((await hub.post("/v1.0/security/secureScores", score, { caller: callerOf({ tenant: otherTenant, permissions: [] }) })).status).toBe(403);
  expect((await noted(operatorTenant)).map(({ statusCode, tenantId }) => [statusCode, tenantId])).toEqual([[401, operatorTenant]]);
  expect(await noted(otherTenant)).toEqual([]);
  expect((await hub.get("/v1.0/security", { caller: callerOf({ tenant: otherTenant }) })).headers["ETag"]).toBe('W/"0"');
});

test("what cannot even be asked of a place is told of somebody known, and who asks too often too", async () => {
  const before = (await noted()).length;
  const caller = callerOf({ appId: "meddler" });
  for (const [method, target, status] of [
    ["DELETE", "/v1.0/security/auditRecords/1", 405],
    ["POST", "/v1.0/security/no-such-place", 400],
  ] as const)
    expect((await hub.send(method, target, { caller, ...(method === "POST" && { body: {} }) })).status).toBe(status);
  expect((await hub.get("/v1.0/security/no-such-place", { caller })).status).toBe(400);
  for (let times = 0; times < 2; times += 1) expect((await hub.get("/v1.0/security/secureScores", { caller: callerOf({ appId: "busy" }) })).status).toBe(429);
  expect((await noted()).slice(before).map(({ activity, statusCode, resourcePath }) => [activity, statusCode, resourcePath])).toEqual([
    ["DELETE", 405, null],
    ["POST", 400, null],
    ["GET", 429, null],
  ]);
});

test("the requests of a batch are told one by one", async () => {
  const before = (await noted()).length;
  const requests = [1, 2].map((index) => ({ id: String(index), method: "DELETE", url: "/security/secureScores/no-such" }));
  await hub.post("/v1.0/$batch", { requests }, ann);
  expect((await noted()).slice(before).map(({ occurrences, userAgent }) => [occurrences, userAgent])).toEqual([[2, "tester/1.0"]]);
});

test("an attack fills neither memory nor trail", async () => {
  const before = (await noted()).length;
  for (let index = 0; index < 500; index += 1)
    await hub.post("/v1.0/security/secureScores", {}, { caller: callerOf({ permissions: [], appId: `app ${index}` }) });
  const found = (await noted()).slice(before);
  expect(found).toHaveLength(101);
  expect(found.at(-1)).toMatchObject({ activity: "several", errorCode: "TooManyToTell", occurrences: 400 });
});

test("a sign-in is told in the hub of its tenant", async () => {
  const before = (await noted()).length;
  const origin = { address: "192.0.2.7", requestId: "r-1" };
  const note = { category: "signIn", tenant, appId: "client-1", user: "ann@contoso.example", activity: "signIn", origin } as const;
  hub.service.notes.add(note);
  hub.service.notes.add({ ...note, failure: { status: 403, code: "WrongPassword" } });
  const found = (await noted()).slice(before);
  expect(found.map(({ category, activity, result, errorCode, clientAddress }) => [category, activity, result, errorCode, clientAddress])).toEqual([
    ["signIn", "signIn", "success", null, "192.0.2.7"],
    ["signIn", "signIn", "failure", "WrongPassword", "192.0.2.7"],
  ]);
});
