import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callerOf, openHub, otherTenant, vendor, type TestHub } from "./hub.ts";

const scores = "/v1.0/security/secureScores";

let hub: TestHub;
let id: string;
beforeAll(async () => {
  hub = await openHub();
  id = (await hub.post(scores, { currentScore: 1, maxScore: 10, vendorInformation: vendor })).json.id;
  for (const path of [scores, `${scores}/${id}`]) for (const _ of [1, 2]) await hub.get(path);
});
afterAll(() => hub.close());

describe("a GET that was asked before", () => {
  test("is refused to who may not ask it, and is empty ground for another tenant", async () => {
    const without = callerOf({ permissions: ["SecurityActions.Read.All"] });
    expect((await hub.get(`${scores}/${id}`, { caller: without })).status).toBe(403);
    expect((await hub.get(`${scores}/${id}`, { caller: null })).status).toBe(401);
    const stranger = callerOf({ tenant: otherTenant });
    expect((await hub.get(`${scores}/${id}`, { caller: stranger })).status).toBe(404);
    expect((await hub.get(scores, { caller: stranger })).json.value).toEqual([]);
  });

  test("heeds what this request says beside its target", async () => {
    expect((await hub.get(`${scores}/${id}`, { headers: { accept: "application/json;odata.metadata=none" } })).json).not.toHaveProperty(["@odata.context"]);
    expect((await hub.get(`${scores}/${id}`)).json).toHaveProperty(["@odata.context"]);
    const etag = (await hub.get(`${scores}/${id}`)).headers["ETag"]!;
    expect((await hub.get(`${scores}/${id}`, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await hub.get(`${scores}/${id}`, { headers: { "odata-maxversion": "3.0" } })).status).toBe(400);
    expect((await hub.get(scores, { headers: { prefer: "odata.maxpagesize=1" } })).headers["Preference-Applied"]).toBe("odata.maxpagesize=1");
    expect((await hub.send("POST", `${scores}/${id}`, { body: {} })).status).toBe(405);
    expect((await hub.send("HEAD", `${scores}/${id}`)).status).toBe(200);
  });

  test("shows what was written since, and the root it is asked under", async () => {
    expect((await hub.get(`${scores}/${id}`)).json["@odata.context"]).toContain("/v1.0/$metadata");
    expect((await hub.get(`/beta/security/secureScores/${id}`)).json["@odata.context"]).toContain("/beta/$metadata");
    await hub.patch(`${scores}/${id}`, { currentScore: 2, vendorInformation: vendor });
    expect((await hub.get(`${scores}/${id}`)).json.currentScore).toBe(2);
    expect((await hub.get(scores)).json.value[0].currentScore).toBe(2);
    const actions = "/v1.0/security/securityActions";
    const action = { name: "BlockIp", parameters: [{ name: "ip", value: "192.0.2.1" }], vendorInformation: vendor };
    const made = (await hub.post(actions, action)).json.id as string;
    for (const _ of [1, 2]) expect((await hub.get(`${actions}/${made}`)).json.status).toBe("NotStarted");
    expect((await hub.send("POST", `${actions}/${made}/cancelSecurityAction`)).status).toBe(200);
    expect((await hub.get(`${actions}/${made}`)).json.status).toBe("Failed");
  });
});
