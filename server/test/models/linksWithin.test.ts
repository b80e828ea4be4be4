import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createModel, type ModelDefinition } from "../../src/edm/createModel.ts";
import { allVerbs, collectionOf, complexType, entityType, int32, of, set, string, strings } from "../../src/edm/define.ts";
import type { EntityDefinition, PlaceDefinition } from "../../src/edm/resource.ts";
import { openHub, type TestHub } from "../wire/hub.ts";

/** Navigation properties of complex values (CSDL 8, URL Conventions 4.2, 5.1.1.15, 5.1.3): read, asked for and written, in both profiles. */

const permissions = { read: ["Security.ReadWrite.All"], write: ["Security.ReadWrite.All"] };
const keyed = (name: string, more: Partial<EntityDefinition>): EntityDefinition =>
  entityType(name, { base: undefined as never, key: ["id"], ...more, properties: { id: string({ nullable: false }), ...more.properties } });
const place = (path: string, name: string): PlaceDefinition => set(path, name, { verbs: allVerbs, permissions, clientId: true });

const definition: ModelDefinition = {
  namespace: "trade",
  container: "trade",
  resources: [
    {
      name: "trade",
      types: [
        complexType("slot", { row: int32() }, { navigation: { keeper: { type: "site" } } }),
        complexType(
          "address",
          { city: string(), landId: string(), slot: of("slot"), tags: strings() },
          {
            navigation: {
              land: { type: "land", constraints: [{ property: "landId", referenced: "id" }] },
              depot: { type: "site" },
              stores: { type: "site", collection: true },
            },
          },
        ),
        complexType("postBox", { box: int32() }, { base: "address", navigation: { office: { type: "site" } } }),
        keyed("firm", { properties: { name: string(), seat: of("address"), branches: collectionOf("address") } }),
        entityType("bank", { base: "firm", properties: { vault: of("slot") } }),
        keyed("land", { properties: { title: string(), size: int32() } }),
        keyed("site", { properties: { title: string(), size: int32() }, navigation: { land: { type: "land" } } }),
      ],
      places: [place("firms", "firm"), place("lands", "land"), place("sites", "site")],
    },
  ],
};

describe.each(["odata", "graph"] as const)("profile %s", (profile) => {
  let hub: TestHub;
  const url = (path: string): string => `/v1.0/${path}`;
  const get = async (path: string, headers = {}): Promise<any> => {
    const answer = await hub.get(url(path), { headers });
    if (/^[^?]*\/\$count$/.test(path)) return answer.text;
    return answer.status < 300 ? answer.json : `${answer.status} ${answer.json.error.message}`;
  };
  const names = async (query: string): Promise<string> => {
    const found = await get(`firms?${query}`);
    return typeof found === "string" ? found : found.value.map(({ id }: { id: string }) => id).join(" ");
  };
  const sent = async (method: string, path: string, body?: unknown, headers = {}): Promise<string> => {
    const answer = await hub.send(method, url(path), body === undefined ? { headers } : { body, headers });
    return answer.status < 300 ? String(answer.status) : `${answer.status} ${answer.json.error.message}`;
  };
  beforeAll(async () => {
    hub = await openHub({ model: createModel(definition), profile });
    for (const [id, size] of [["ch", 1], ["it", 2]] as const) await hub.post(url("lands"), { id, title: `Land ${id}`, size }); // prettier-ignore
    for (const [id, size] of [
      ["s1", 1],
      ["s2", 2],
      ["s3", 3],
    ] as const)
      // prettier-ignore
      await hub.post(url("sites"), { id, title: `Site ${id}`, size, "land@odata.bind": size === 2 ? "lands('it')" : "lands('ch')" });
  });
  afterAll(() => hub.close());
  beforeEach(async () => {
    for (const id of ["a", "b", "c", "d"]) await hub.remove(url(`firms/${id}`));
    const seat = { city: "Bern", landId: "ch", "depot@odata.bind": "sites('s1')", "stores@odata.bind": ["sites('s1')", "sites('s2')"] };
    await hub.post(url("firms"), { id: "a", name: "A", seat });
    await hub.post(url("firms"), { id: "b", name: "B", seat: { city: "Rome", landId: "it", slot: { row: 1, "keeper@odata.bind": "sites('s2')" } } });
    await hub.post(url("firms"), { id: "c", name: "C", seat: null, branches: [{ city: "x" }] });
    await hub.post(url("firms"), { "@odata.type": "#trade.bank", id: "d", vault: { row: 3, "keeper@odata.bind": "sites('s3')" } });
  });

  test("followed by their path: one, many, a member, its properties, its own relations, references and counts", async () => {
    expect(await get("firms/a/seat/depot")).toMatchObject({ "@odata.context": expect.stringMatching(/#sites\/\$entity$/), id: "s1" });
    expect(await get("firms/a/seat/land/title")).toMatchObject({ value: "Land ch" });
    expect((await get("firms/a/seat/stores?$orderby=id desc&$filter=size gt 0")).value.map(({ id }: any) => id)).toEqual(["s2", "s1"]);
    expect(await get("firms/a/seat/stores/$count")).toBe("2");
    expect((await get("firms/a/seat/stores('s2')/land")).id).toBe("it");
    expect(await get("firms/a/seat/stores('s3')")).toMatch(/^404/);
    expect((await get("firms/b/seat/slot/keeper/land")).id).toBe("it");
    expect((await get("firms/d/vault/keeper")).id).toBe("s3");
    expect((await get("firms/d/trade.bank/vault/keeper")).id).toBe("s3");
    expect(await get("firms/a/vault/keeper")).toMatch(/^404/);
    expect((await get("firms/a/seat/stores/$ref")).value).toHaveLength(2);
    expect((await hub.get(url("firms/b/seat/depot"))).status).toBe(204);
    expect((await hub.get(url("firms/c/seat/depot"))).status).toBe(204);
    expect((await get("firms/c/seat/stores")).value).toEqual([]);
  });

  test.each([
    ["seat/depot/size eq 1", "a"],
    ["seat/land/title eq 'Land it'", "b"],
    ["seat/depot eq null", "b c d"],
    ["seat/depot ne null", "a"],
    ["seat/depot/land/id eq 'ch'", "a"],
    ["seat/stores/any(s:s/size eq 2)", "a"],
    ["seat/stores/any()", "a"],
    ["seat/stores/$count eq 2", "a"],
    ["seat/stores/$count eq 0", "b c d"],
    ["seat/stores/all(s:s/size lt 3)", "a b c d"],
    ["seat/slot/keeper/title eq 'Site s2'", "b"],
    ["vault/keeper/size eq 3", "d"],
    ["trade.bank/vault/keeper/size eq 3", "d"],
    ["not (seat/depot/size eq 1)", "b c d"],
    ["seat/stores/$filter(size eq 2)/$count eq 1", "a"],
    ["$it/seat/depot/size add 1 eq 2", "a"],
  ])("$filter=%s", async (filter, expected) => expect(await names(`$orderby=id&$filter=${encodeURIComponent(filter)}`)).toBe(expected));

  test("members of collections behind the type of a complex value that others have too", async () => {
    await hub.patch(url("firms/a"), { seat: { tags: ["x"] } });
    await hub.patch(url("firms/b"), { seat: { "@odata.type": "#trade.postBox", tags: ["x", "y"] } });
    for (const [filter, expected] of [
      ["seat/tags/any(t:t eq 'x')", "a b"],
      ["seat/trade.postBox/tags/any(t:t eq 'x')", "b"],
      ["seat/trade.postBox/tags/$count gt 0", "b"],
      ["seat/trade.postBox/tags/all(t:t eq 'x')", "a c d"],
      ["seat/trade.postBox/tags/any()", "b"],
    ] as const)
      expect(await names(`$orderby=id&$filter=${encodeURIComponent(filter)}`), filter).toBe(expected);
    expect(await get("firms?$filter='x' in seat/trade.postBox/tags")).toMatch(/^501 .*behind a cast of a complex value, in this place/);
  });

  test("sorted, computed and grouped by", async () => {
    expect(await names("$orderby=seat/land/size desc,id")).toBe("b a c d");
    expect((await get("firms?$orderby=id&$compute=seat/depot/size mul 2 as twice&$select=id,twice")).value.map(({ twice }: any) => twice)).toEqual([
      2,
      null,
      null,
      null,
    ]);
    const grouped = await get("firms?$apply=groupby((seat/land/title),aggregate($count as n))");
    expect(grouped.value?.length ?? grouped).toBe(3);
    expect((await get("firms?$apply=filter(seat/depot/size eq 1)/aggregate($count as n)")).value[0].n).toBe(1);
  });

  test("expanded where they stand, with every option within", async () => {
    const [a, b, c, d] = (
      await get("firms?$orderby=id&$expand=seat/land,seat/depot($select=title),seat/stores($orderby=size desc;$top=1;$count=true;$expand=land)")
    ).value;
    expect(a.seat).toMatchObject({
      city: "Bern",
      land: { id: "ch" },
      depot: { title: "Site s1" },
      "stores@odata.count": 2,
      stores: [{ id: "s2", land: { id: "it" } }],
    });
    expect(a.seat.depot).not.toHaveProperty("size");
    expect(b.seat).toMatchObject({ land: { id: "it" }, depot: null, stores: [] });
    expect([c.seat, d.seat]).toEqual([null, null]);
    const one = await get("firms/b?$select=name&$expand=seat/slot/keeper");
    expect(one).toMatchObject({ name: "B", seat: { slot: { keeper: { id: "s2" } } } });
    expect(one["@odata.context"]).toMatch(/#firms\(name,seat\/slot\/keeper\(\)\)\/\$entity$/);
    expect(one.seat.city).toBeUndefined();
    const mixed = await get("firms/a?$select=seat/city&$expand=seat/depot/$ref,seat/stores/$count");
    expect(mixed.seat).toMatchObject({ city: "Bern", depot: { "@odata.id": "https://hub.example/v1.0/sites('s1')" }, "stores@odata.count": 2 });
    expect((await get("firms?$expand=trade.bank/vault/keeper&$orderby=id desc&$top=1")).value[0].vault.keeper.id).toBe("s3");
    const full = await get("firms/a?$expand=seat/depot&$format=application/json;odata.metadata=full");
    expect(full.seat["depot@odata.navigationLink"]).toBe("https://hub.example/v1.0/firms('a')/seat/depot");
  });

  test("a page of them goes on at its own URL", async () => {
    const many = Array.from({ length: 120 }, (_, index) => ({ id: `m${index}`, size: index }));
    for (const one of many) await hub.post(url("sites"), one);
    await hub.patch(url("firms/b"), { seat: { "stores@odata.bind": many.map(({ id }) => `sites('${id}')`) } });
    const { seat } = await get("firms/b?$expand=seat/stores($select=id)");
    const next = seat["stores@odata.nextLink"];
    const rest = next === undefined ? [] : (await hub.get(next.replace("https://hub.example", ""))).json.value;
    expect(seat.stores.length + rest.length).toBe(120);
    for (const { id } of many) await hub.remove(url(`sites/${id}`));
    expect((await get("firms/b/seat/stores")).value).toEqual([]);
  });

  test("bound, replaced and taken away by the body; the entity is a new version", async () => {
    const before = (await hub.get(url("firms/a"))).headers["ETag"];
    expect(await sent("PATCH", "firms/a", { seat: { "depot@odata.bind": "sites('s3')", "stores@odata.bind": ["sites('s3')"] } })).toMatch(/^20[04]/);
    expect((await hub.get(url("firms/a"))).headers["ETag"]).not.toBe(before);
    expect((await get("firms/a/seat/depot")).id).toBe("s3");
    expect((await get("firms/a/seat/stores")).value).toHaveLength(3);
    expect(await sent("PATCH", "firms/a", { seat: { depot: null, stores: [{ id: "s2" }] } })).toMatch(/^20[04]/);
    expect((await hub.get(url("firms/a/seat/depot"))).status).toBe(204);
    expect((await get("firms/a/seat/stores")).value.map(({ id }: any) => id)).toEqual(["s2"]);
    expect((await get("firms/a/seat")).city).toBe("Bern");
    expect(await sent("PUT", "firms/a/seat", { city: "Chur", "depot@odata.bind": "sites('s1')" })).toBe("204");
    expect((await get("firms/a/seat/depot")).id).toBe("s1");
    expect(await sent("PATCH", "firms/a", { seat: { depot: { id: "new", title: "made" } } })).toMatch(/^20[04]/);
    expect((await get("firms/a/seat/depot")).title).toBe("made");
    await hub.remove(url("sites/new"));
    expect((await hub.get(url("firms/a/seat/depot"))).status).toBe(204);
  });

  test("by a referential constraint: binding writes the property, and the property binds", async () => {
    expect(await sent("PATCH", "firms/a", { seat: { city: "Como", "land@odata.bind": "lands('it')" } })).toMatch(/^20[04]/);
    expect(await get("firms/a/seat")).toMatchObject({ city: "Como", landId: "it" });
    expect(await sent("PUT", "firms/a/seat/land/$ref", { "@odata.id": "https://hub.example/v1.0/lands('ch')" })).toBe("204");
    expect(await get("firms/a?$expand=seat/land")).toMatchObject({ seat: { city: "Como", landId: "ch", land: { title: "Land ch" } } });
    expect(await sent("PUT", "firms/a/seat/landId", { value: "it" })).toBe("204");
    expect((await get("firms/a/seat/land")).id).toBe("it");
    expect(await sent("DELETE", "firms/a/seat/land/$ref")).toBe("204");
    expect((await get("firms/a/seat")).landId).toBeNull();
    const made = await hub.post(url("firms"), { id: "f", seat: { city: "F", land: { id: "fr", title: "new" } } });
    expect([made.status, made.json.seat]).toMatchObject([201, { landId: "fr", land: { title: "new" } }]);
    expect(await sent("PUT", "firms/f/seat", { city: "G", "land@odata.bind": "lands('ch')" })).toBe("204");
    expect(await get("firms/f/seat")).toMatchObject({ city: "G", landId: "ch" });
    for (const path of ["firms/f", "lands/fr"]) await hub.remove(url(path));
  });

  test("a value that is nulled, replaced or deleted loses what it was related to", async () => {
    expect(await sent("DELETE", "firms/a/seat")).toBe("204");
    await sent("PATCH", "firms/a", { seat: { city: "again" } });
    expect((await hub.get(url("firms/a/seat/depot"))).status).toBe(204);
    expect(await names("$filter=seat/stores/any()")).toBe("");
    await sent("PATCH", "firms/b", { seat: { slot: null } });
    expect(await names("$filter=seat/slot/keeper ne null")).toBe("");
  });

  test("/$ref adds, sets and removes; into a value that is null it is 404", async () => {
    const one = { "@odata.id": url("sites('s3')").replace("/v1.0", "https://hub.example/v1.0") };
    expect(await sent("PUT", "firms/a/seat/depot/$ref", one)).toBe("204");
    expect(await sent("POST", "firms/a/seat/stores/$ref", one)).toBe("204");
    expect([(await get("firms/a/seat/depot")).id, await get("firms/a/seat/stores/$count")]).toEqual(["s3", "3"]);
    expect(await sent("DELETE", "firms/a/seat/depot/$ref")).toBe("204");
    expect(await sent("DELETE", "firms/a/seat/stores('s1')/$ref")).toBe("204");
    expect([(await hub.get(url("firms/a/seat/depot"))).status, await get("firms/a/seat/stores/$count")]).toEqual([204, "2"]);
    expect(await sent("PUT", "firms/c/seat/depot/$ref", one)).toBe("404 'seat' is null, so it is related to nothing: give it a value first.");
    expect(await sent("POST", "firms/c/seat/stores", { id: "lost" })).toMatch(/^404/);
    expect(await sent("POST", "firms/a/seat/stores", { id: "n1", title: "n" })).toBe("201");
    expect((await get("firms/a/seat/stores('n1')")).title).toBe("n");
    await hub.remove(url("sites/n1"));
  });

  test("nested on a create, however deep; the answer shows it, also when it is asked for again", async () => {
    const body = { id: "e", seat: { city: "E", depot: { id: "e1", title: "deep", land: { id: "e2", title: "deeper" } } } };
    const headers = { "Idempotency-Key": `deep-${profile}` };
    const made = await hub.post(url("firms"), body, { headers });
    expect([made.status, made.json.seat?.depot?.land?.title]).toEqual([201, "deeper"]);
    expect((await hub.post(url("firms"), body, { headers })).text).toBe(made.text);
    expect((await get("firms/e/seat/depot/land")).title).toBe("deeper");
    for (const path of ["firms/e", "sites/e1", "lands/e2"]) await hub.remove(url(path));
  });

  test.each([
    ["PATCH", "firms/a", { seat: { "depot@odata.bind": "sites('none')" } }, /^404/],
    ["PATCH", "firms/a", { seat: { "depot@odata.bind": "lands('ch')" } }, /^400 seat\/depot@odata.bind: expected the id of an entity of 'sites'/],
    ["PATCH", "firms/a", { seat: { "depot@odata.bind": 5 } }, /^400 'seat\/depot@odata.bind'/],
    ["PATCH", "firms/a", { seat: { depot: 5 } }, /^400 'seat\/depot': expected an object/],
    ["PATCH", "firms/a", { branches: [{ "depot@odata.bind": "sites('s1')" }] }, /^501 .*branches\[0\]\/depot/],
    ["PATCH", "firms/a", { seat: { "@odata.type": "#trade.postBox", "office@odata.bind": "sites('s1')" } }, /^501 /],
    ["GET", "firms/a/seat/nothing", undefined, /^400/],
    ["GET", "firms/a/seat/trade.postBox/office", undefined, /^501 /],
    ["GET", "firms?$expand=branches/depot", undefined, /^(?:400|501) /],
    ["GET", "firms?$expand=seat/trade.postBox/office", undefined, /^501 /],
    ["GET", "firms?$expand=seat/city", undefined, /^400 .*not a navigation property/],
    ["GET", "firms?$expand=seat/nothing", undefined, /^400 /],
    ["GET", "firms?$expand=seat", undefined, /^400 /],
    ["GET", "firms?$filter=branches/any(b:b/depot/size eq 1)", undefined, /^501 /],
    ["GET", "firms?$filter=seat/trade.postBox/office/size eq 1", undefined, /^501 /],
    ["GET", "firms?$filter=seat/stores/size eq 1", undefined, /^400 /],
    ["GET", "firms?$filter=seat/depot/nothing eq 1", undefined, /^400 /],
  ] as const)("%s %s %j is refused", async (method, path, body, expected) => {
    const found = await sent(method, path, body);
    expect(found).toMatch(expected);
    expect((await get("firms/a/seat/depot")).id).toBe("s1");
  });

  test("$metadata says what is not expanded", async () => {
    const text = (await hub.get(url("$metadata"))).text;
    const inExpand = /ExpandRestrictions[^]*?<\/Annotation>/.exec(text)![0];
    expect(inExpand).toContain("branches/depot");
    expect(inExpand).not.toContain("seat/depot");
  });
});
