import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHub, vendor, type TestHub } from "./hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await openHub();
});
afterAll(() => hub.close());

const bodies: readonly (readonly [string, object])[] = [
  ["/v1.0/security/secureScores", { currentScore: 1, maxScore: 2, vendorInformation: vendor }],
  ["/v1.0/security/securityActions", { name: "Block", parameters: [{ name: "a", value: "b" }], vendorInformation: vendor }],
  ["/v1.0/deviceAppManagement/deviceAppManagementTasks", { "@odata.type": "#microsoft.graph.securityConfigurationTask", displayName: "t" }],
];

describe("the empty key is nobody's", () => {
  test.each(bodies)("%s('')", async (set, body) => {
    expect((await hub.post(set, body)).status).toBe(201);
    const before = (await hub.get(set)).json.value;
    for (const key of ["('')", "(id='')"]) {
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const refused = await hub.send(method, `${set}${key}`, method === "PATCH" ? { body } : {});
        expect([method, refused.status, refused.json.error.code]).toEqual([method, 404, "itemNotFound"]);
      }
      expect((await hub.get(`${set}${key}/vendorInformation`)).status).toBe(404);
    }
    expect((await hub.patch(`${set}('')`, body, { headers: { Prefer: "create-if-missing" } })).status).toBe(404);
    expect((await hub.get(set)).json.value).toEqual(before);
  });

  test("of an action, of a parent, of a hub, within a batch", async () => {
    expect((await hub.post("/v1.0/security/securityActions('')/cancelSecurityAction", undefined)).status).toBe(404);
    expect((await hub.post("/v1.0/deviceAppManagement/deviceAppManagementTasks('')/updateStatus", { status: "active" })).status).toBe(404);
    expect((await hub.get("/v1.0/deviceAppManagement/deviceAppManagementTasks('')/managedDevices")).status).toBe(404);
    expect((await hub.get("/v1.0/securities('')/secureScores")).status).toBe(404);
    const batch = await hub.post("/v1.0/$batch", { requests: [{ id: "1", method: "DELETE", url: "/security/secureScores('')" }] });
    expect(batch.json.responses[0].status).toBe(404);
    expect((await hub.get("/v1.0/security")).status).toBe(200);
  });
});

test("a key of the client's is no longer than an URL and a Location header carry", async () => {
  const profiles = "/v1.0/security/secureScoreControlProfiles";
  const made = await hub.post(profiles, { id: "名".repeat(512), title: "t", vendorInformation: vendor });
  expect(made.status).toBe(201);
  expect(made.headers["Location"]!.length).toBeLessThan(8_000);
  expect((await hub.get(new URL(made.headers["Location"]!).pathname)).json.id).toBe(made.json.id);
  const longer = await hub.post(profiles, { id: "x".repeat(513), title: "t", vendorInformation: vendor });
  expect([longer.status, longer.json.error.target]).toEqual([400, "id"]);
  const upsert = await hub.patch(`${profiles}/${"x".repeat(513)}`, { title: "t", vendorInformation: vendor }, { headers: { Prefer: "create-if-missing" } });
  expect([upsert.status, upsert.json.error.message]).toEqual([400, "Property 'id': expected 1 to 512 characters, got 513."]);
});

describe("nothing is taken and then dropped", () => {
  const scores = "/v1.0/security/secureScores";
  const score = { maxScore: 2, vendorInformation: vendor };

  test.each(["azureTenantId", "id"])("%s is not written alone", async (name) => {
    const { id } = (await hub.post(scores, score)).json;
    const put = await hub.send("PUT", `${scores}/${id}/${name}`, { body: { value: "x" } });
    expect([put.status, put.json.error.target]).toEqual([400, name]);
    expect((await hub.send("DELETE", `${scores}/${id}/${name}`)).status).toBe(400);
  });

  test("a write may not select what was never stored", async () => {
    expect((await hub.post(`${scores}?$select=nosuch`, score)).status).toBe(400);
    expect((await hub.post(`${scores}?$select=maxScore`, score)).status).toBe(201);
  });

  test("a key of one place is the same under every root and spelling", async () => {
    const headers = { "Idempotency-Key": "one" };
    const first = await hub.post(scores, score, { headers });
    expect((await hub.post("/beta/Security/SECURESCORES", score, { headers })).json.id).toBe(first.json.id);
  });

  test("a collection has an end", async () => {
    const long = await hub.post(scores, { ...score, enabledServices: Array.from({ length: 10_001 }, () => "x") });
    expect([long.status, long.json.error.target]).toEqual([400, "enabledServices"]);
  });
});
