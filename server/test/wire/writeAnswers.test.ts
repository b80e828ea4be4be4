import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseUrl, callerOf, openHub, type TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";
import { url } from "./shapes.ts";

const context = `${baseUrl}/v1.0/$metadata#books`;

describe.each(["odata", "graph"] as const)("$expand on the answers of writes (OData 4.01 Protocol 11.4.2, 11.4.3), profile %s", (profile) => {
  let hub: TestHub;
  const representation = { headers: { Prefer: "return=representation" } };
  beforeAll(async () => {
    hub = await openLibrary({ profile });
    await hub.post(url("authors"), { id: "a", name: "Ann" });
    await hub.post(url("publishers"), { id: "p", city: "Oslo" });
  });
  afterAll(() => hub.close());

  test("of a create: what the row is related to now, with every option within", async () => {
    const sent = { id: "b1", title: "T", pages: 3, "writer@odata.bind": "authors('a')" };
    const { status, json } = await hub.post(url("books?$expand=writer($select=name),shelves($count=true)&$select=title"), sent);
    expect(status).toBe(201);
    expect(json).toMatchObject({ "@odata.context": `${context}(title,writer(name),shelves())/$entity`, title: "T", writer: { name: "Ann" }, shelves: [] });
    expect(json).toHaveProperty("shelves@odata.count", 0);
    expect(json).not.toHaveProperty("pages");
  });

  test("of a change: with return=representation; else there is no answer to put it in", async () => {
    const target = url("books('b1')?$expand=writer,publisher");
    expect((await hub.patch(target, { pages: 4 })).status).toBe(204);
    const { status, json } = await hub.patch(target, { pages: 5, "publisher@odata.bind": "publishers('p')" }, representation);
    expect([status, json.pages, json.writer.id, json.publisher.city]).toEqual([200, 5, "a", "Oslo"]);
    const taken = await hub.patch(target, { writer: null }, representation);
    expect(taken.json.writer).toBeNull();
  });

  test("what the body nests is shown too, and once where it is asked for", async () => {
    const sent = { id: `n${profile}`, title: "N", writer: { id: `w${profile}`, name: "New" }, publisher: { id: `q${profile}`, city: "Rome" } };
    const { status, json } = await hub.post(url("books?$expand=writer($select=name)"), sent);
    expect(status).toBe(201);
    expect(json.writer).toMatchObject({ id: `w${profile}`, name: "New" });
    expect(json.publisher.city).toBe("Rome");
  });

  test.each([
    ["books?$expand=nothing", 400],
    ["books?$filter=true", 400],
    ["books?$index=0", 400],
  ])("%s is %s, and nothing is written", async (target, status) => {
    expect((await hub.post(url(target), { id: "refused", title: "x" })).status).toBe(status);
    expect((await hub.get(url("books('refused')"))).status).toBe(404);
  });

  test("asked again with its key, a deep insert shows what it showed, however deep", async () => {
    const sent = { id: `d${profile}`, title: "Deep", writer: { id: `dw${profile}`, name: "W" }, shelves: [{ id: `ds${profile}`, room: "r" }] };
    const once = { headers: { "Idempotency-Key": "deep" } };
    const first = await hub.post(url("books"), sent, once);
    expect(first.json).toMatchObject({ writer: { name: "W" }, shelves: [{ room: "r" }] });
    const again = await hub.post(url("books"), sent, once);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(again.headers["Location"]).toBe(first.headers["Location"]);
    await hub.patch(url(`authors('dw${profile}')`), { name: "Later" });
    expect((await hub.post(url("books"), sent, once)).text).toBe(first.text);
    expect((await hub.post(url("books?$expand=writer"), sent, { headers: { "Idempotency-Key": "deep" } })).json.writer.name).toBe("Later");
  });
});

describe("$schemaversion (OData 4.01 Protocol 11.2.12)", () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openHub({ profile: "odata" });
  });
  afterAll(() => hub.close());

  test("the version that $metadata tells, and *, answer; any other is 404, also for documents, calls and writes", async () => {
    const { json } = await hub.get("/v1.0/$metadata?$format=json");
    const version = json["microsoft.graph"]["@Core.SchemaVersion"];
    expect((await hub.get("/v1.0/$metadata")).text).toContain(`Term="Core.SchemaVersion" String="${version}"`);
    expect(json["microsoft.graph"][json["$EntityContainer"].split(".").at(-1)]["@Core.ODataVersions"]).toBe("4.0 4.01");
    const statuses = async (asked: string): Promise<number[]> =>
      Promise.all(
        [
          "$metadata",
          "",
          "security",
          "security/secureScores",
          "security/secureScores/$count",
          "security/secureScores/delta",
          "security/displayName",
          "$all",
        ].map(async (target) => (await hub.get(`/v1.0/${target}?$schemaversion=${asked}`)).status),
      );
    expect(await statuses(version)).toEqual([200, 200, 200, 200, 200, 200, 204, 200]);
    expect(new Set(await statuses("*"))).toEqual(new Set([200, 204]));
    expect(new Set(await statuses("2"))).toEqual(new Set([404]));
    const { status, json: refused } = await hub.post("/v1.0/security/secureScores?$schemaversion=2", {});
    expect([status, refused.error.message]).toEqual([404, `$schemaversion: there is no version '2' of the schema here; the current one is '${version}'.`]);
  });

  test("next links repeat it", async () => {
    const vendorInformation = { provider: "p", vendor: "v" };
    for (const maxScore of [1, 2]) await hub.post("/v1.0/security/secureScores", { maxScore, vendorInformation });
    const { json } = await hub.get("/v1.0/security/secureScores?$schemaversion=*", { headers: { Prefer: "odata.maxpagesize=1" }, caller: callerOf() });
    const next = json["@odata.nextLink"].slice(baseUrl.length);
    expect(next).toContain("$schemaversion=*");
    expect((await hub.get(next)).json.value).toHaveLength(1);
  });
});
