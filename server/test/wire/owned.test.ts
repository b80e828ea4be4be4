import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { callerOf, openHub, type Answer, type TestHub } from "./hub.ts";

const set = "/beta/security/tiIndicators";
const owned = "ThreatIndicators.ReadWrite.OwnedBy";
const feed = callerOf({ appId: "feed", permissions: [owned, "Security.Read.All"] });
const other = callerOf({ appId: "other", permissions: [owned, "Security.Read.All"] });
const reader = callerOf({ appId: "reader", permissions: ["ThreatIndicators.Read.All", "Security.Read.All"] });
const both = callerOf({ appId: "both", permissions: [owned, "ThreatIndicators.Read.All"] });

const indicator = {
  action: "block",
  description: "c2",
  expirationDateTime: "2027-01-01T00:00:00Z",
  externalId: "e1",
  networkIPv4: "203.0.113.7",
  targetProduct: "SIEM",
  threatType: "C2",
  tlpLevel: "red",
};

let hub: TestHub;
let mine: string;
let theirs: string;
beforeAll(async () => {
  hub = await openHub({ model: createModel(securityGraph) });
  mine = (await hub.post(set, indicator, { caller: feed })).json.id;
  theirs = (await hub.post(set, indicator, { caller: other })).json.id;
});
afterAll(() => hub.close());

const idsOf = ({ json }: Answer): string[] => json.value.map(({ id }: { id: string }) => id);
/** What differs between two answers by nature is taken out. */
const plain = ({ status, text }: Answer, ...ids: string[]): string =>
  `${status} ${ids.reduce((all, id) => all.replaceAll(id, "ID"), text)}`.replaceAll(/"(date|request-id|client-request-id)":"[^"]*"/g, "");

describe("ThreatIndicators.ReadWrite.OwnedBy reaches what the application itself made", () => {
  test("the row says who made it, whatever the body says", async () => {
    const made = await hub.post(set, { ...indicator, appId: "somebody" }, { caller: feed });
    expect(made.json.appId).toBe("feed");
    expect((await hub.patch(`${set}/${made.json.id}`, { appId: "other", severity: 1 }, { caller: feed })).status).toBeLessThan(300);
    expect((await hub.get(`${set}/${made.json.id}`, { caller: feed })).json).toMatchObject({ appId: "feed", severity: 1 });
    expect((await hub.remove(`${set}/${made.json.id}`, { caller: feed })).status).toBe(204);
  });

  test("list, count, filter, pages and the fleet show nothing else", async () => {
    expect(idsOf(await hub.get(set, { caller: feed }))).toEqual([mine]);
    expect((await hub.get(`${set}/$count`, { caller: feed })).text).toBe("1");
    expect((await hub.get(`${set}?$count=true&$top=1`, { caller: feed })).json["@odata.count"]).toBe(1);
    expect(idsOf(await hub.get(`${set}?$filter=id eq '${theirs}' or appId eq 'other' or not (externalId eq 'x')`, { caller: feed }))).toEqual([mine]);
    expect(idsOf(await hub.get(`${set}?$orderby=externalId desc`, { caller: other }))).toEqual([theirs]);
    const fleet = await hub.get("/beta/securities?$expand=tiIndicators($count=true)", { caller: feed });
    expect(idsOf({ ...fleet, json: { value: fleet.json.value[0].tiIndicators } })).toEqual([mine]);
    expect(fleet.json.value[0]["tiIndicators@odata.count"]).toBe(1);
    expect((await hub.get("/beta/security?$expand=tiIndicators/$count", { caller: feed })).status).toBeLessThan(500);
  });

  test("$apply sees nothing else either, and looks at none through others", async () => {
    const applied = (on: string, apply: string, caller = feed) => hub.get(`${on}?$apply=${encodeURIComponent(apply)}`, { caller });
    expect((await applied(set, "groupby((appId),aggregate($count as n))")).json.value.map((row: { appId: string }) => row.appId)).toEqual(["feed"]);
    expect(idsOf(await applied(set, "concat(identity,topcount(1,externalId))"))).toEqual([mine, mine]);
    expect((await hub.get(`${set}/$count?$apply=${encodeURIComponent("filter(not (externalId eq 'x'))")}`, { caller: feed })).text).toBe("1");
    for (const apply of [
      "aggregate(tiIndicators/$count as n)",
      "join(tiIndicators as t)/groupby((t/appId))",
      "outerjoin(tiIndicators as t)/aggregate($count as n)",
      "filter(tiIndicators/any())/aggregate($count as n)",
      "compute(tiIndicators/$count as n)/aggregate(n with sum as m)",
    ]) {
      expect((await applied("/beta/securities", apply)).status).toBe(403);
      expect((await applied("/beta/securities", apply, reader)).status).toBe(200);
    }
  });

  test("who may read all sees all, and changes its own", async () => {
    expect(idsOf(await hub.get(set, { caller: reader })).toSorted()).toEqual([mine, theirs].toSorted());
    expect(idsOf(await hub.get(set, { caller: both })).toSorted()).toEqual([mine, theirs].toSorted());
    expect((await hub.patch(`${set}/${mine}`, { severity: 5 }, { caller: reader })).status).toBe(403);
    expect((await hub.patch(`${set}/${mine}`, { severity: 5 }, { caller: both })).status).toBe(404);
    const own = (await hub.post(set, { ...indicator, externalId: "e2" }, { caller: both })).json.id;
    expect((await hub.patch(`${set}/${own}`, { severity: 5 }, { caller: both })).status).toBeLessThan(300);
    expect((await hub.remove(`${set}/${own}`, { caller: both })).status).toBe(204);
  });

  test("a delegated call owns what its application made", async () => {
    const person = callerOf({ appId: "feed", kind: "delegated", user: "ada@contoso.example", permissions: [owned] });
    expect(idsOf(await hub.get(set, { caller: person }))).toEqual([mine]);
  });

  test("a page token of one application opens no row for another", async () => {
    const more = await Promise.all([1, 2].map(async () => (await hub.post(set, indicator, { caller: feed })).json.id));
    const link: string = (await hub.get(`${set}?$top=1`, { caller: feed })).json["@odata.nextLink"];
    const page = await hub.get(link.slice("https://hub.example".length), { caller: other });
    expect(page.status === 200 ? idsOf(page).filter((id) => id !== theirs) : []).toEqual([]);
    for (const id of more) await hub.remove(`${set}/${id}`, { caller: feed });
  });

  test.each([
    ["GET", "", undefined],
    ["HEAD", "", undefined],
    ["GET", "/severity", undefined],
    ["GET", "/severity/$value", undefined],
    ["PATCH", "", { severity: 1 }],
    ["PUT", "/severity", { value: 1 }],
    ["DELETE", "/description", undefined],
    ["DELETE", "", undefined],
  ])("%s %s of another application's indicator answers as of one that never existed", async (method, path, body) => {
    const before = (await hub.get(`${set}/${theirs}`, { caller: reader })).text;
    const nobody = "019f0b5c-6a1e-7c3a-9d54-5f1f0c8a2b11";
    const [foreign, never] = [theirs, nobody].map((id) => hub.send(method, `${set}/${id}${path}`, { caller: feed, ...(body === undefined ? {} : { body }) }));
    expect(plain(await foreign!, theirs)).toBe(plain(await never!, nobody));
    expect((await never!).status).toBe(404);
    expect((await hub.get(`${set}/${theirs}`, { caller: reader })).text).toBe(before);
  });

  test("the bulk actions reach no others", async () => {
    const update = await hub.post(`${set}/updateTiIndicators`, { value: [{ id: theirs, severity: 1 }] }, { caller: feed });
    expect(update.status).toBe(404);
    const removed = await hub.post(`${set}/deleteTiIndicators`, { value: [theirs] }, { caller: feed });
    expect(removed.json.value.map(({ code }: { code: number }) => code)).toEqual([404]);
    const byExternal = await hub.post(`${set}/deleteTiIndicatorsByExternalId`, { value: ["e1"] }, { caller: feed });
    expect(byExternal.json.value.map(({ code }: { code: number }) => code)).toEqual([0]);
    expect((await hub.get(`${set}/${mine}`, { caller: reader })).status).toBe(404);
    expect((await hub.get(`${set}/${theirs}`, { caller: reader })).status).toBe(200);
  });

  test("an id that is taken is not written over", async () => {
    const upsert = await hub.send("PATCH", `${set}/${theirs}`, { body: indicator, headers: { Prefer: "create-if-missing" }, caller: feed });
    expect([404, 409]).toContain(upsert.status);
    expect((await hub.get(`${set}/${theirs}`, { caller: reader })).json.appId).toBe("other");
  });
});
