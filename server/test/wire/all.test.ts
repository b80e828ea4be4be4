import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { singleton } from "../../src/edm/define.ts";
import type { Model } from "../../src/edm/model.ts";
import type { PlaceDefinition } from "../../src/edm/resource.ts";
import { baseUrl, callerOf, everything, openHub, otherTenant, type TestHub } from "./hub.ts";
import { libraryDefinition, openLibrary } from "./library.ts";
import { url } from "./shapes.ts";

const metadata = `${baseUrl}/v1.0/$metadata#`;

/** A library whose places are otherwise. */
function withPlaces(change: (place: PlaceDefinition) => PlaceDefinition, more: readonly PlaceDefinition[] = []): Model {
  const [resource] = libraryDefinition.resources;
  return createModel({ ...libraryDefinition, resources: [{ ...resource!, places: [...resource!.places!.map(change), ...more] }] });
}

/** What all pages have, each page in brackets. */
async function pagesOf(hub: TestHub, target: string, headers = {}): Promise<string> {
  const pages: string[] = [];
  for (let next: string | undefined = url(target); next !== undefined;) {
    const { json, status, text } = await hub.get(next, { headers });
    expect(status, text).toBe(200);
    pages.push(`[${json.value.map((row: any) => row["@odata.id"].slice(baseUrl.length + 6)).join()}]`);
    next = json["@odata.nextLink"]?.slice(baseUrl.length);
  }
  return pages.join("");
}

describe("$all (OData 4.01 URL Conventions 4.16)", () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openLibrary();
    for (const [id, pages] of [["b2", 20], ["b1", 10], ["b3", 30]] as const) await hub.post(url("books"), { id, title: `T ${id}`, pages }); // prettier-ignore
    await hub.post(url("books"), { "@odata.type": "#lib.novel", id: "n1", title: "N", pages: 5, plot: "x" });
    await hub.post(url("publishers"), { id: "p1", city: "Oslo" });
    await hub.post(url("clubs"), { id: "c1", name: "C" });
    await hub.post(url("books('b1')/chapters"), { id: "x1", text: "contained" });
  });
  afterAll(() => hub.close());

  const refusal = async (target: string, asked = {}): Promise<string> => {
    const { status, json } = await hub.get(url(target), asked);
    return `${status} ${json.error?.message}`;
  };

  test("every entity of every set says where it lies and of what type it is", async () => {
    const { json } = await hub.get(url("$all?$count=true"));
    expect([json["@odata.context"], json["@odata.count"]]).toEqual([`${metadata}Collection(Edm.EntityType)`, 6]);
    expect(json.value[0]).toMatchObject({
      "@odata.context": `${metadata}books/$entity`,
      "@odata.id": `${baseUrl}/v1.0/books('b1')`,
      "@odata.type": "#lib.book",
      title: "T b1",
    });
    expect(json.value[3]["@odata.type"]).toBe("#lib.novel");
  });

  test.each([
    ["$all", {}, "[books('b1'),books('b2'),books('b3'),books('n1')][publishers('p1')][clubs('c1')]"],
    ["$all", { Prefer: "odata.maxpagesize=3" }, "[books('b1'),books('b2'),books('b3')][books('n1')][publishers('p1')][clubs('c1')]"],
    ["$all?$top=5", { Prefer: "odata.maxpagesize=3" }, "[books('b1'),books('b2'),books('b3')][books('n1')][publishers('p1')]"],
    ["$all?$top=2", {}, "[books('b1'),books('b2')]"],
    ["$all?$top=0", {}, "[]"],
    ["$all/lib.book", {}, "[books('b1'),books('b2'),books('b3'),books('n1')]"],
    ["$all/lib.novel", {}, "[books('n1')]"],
    ["$all/lib.shelf", {}, "[]"],
    ["$all/lib.book?$filter=pages gt 10", {}, "[books('b2'),books('b3')]"],
    ["$all/lib.novel?$filter=plot eq 'x'", {}, "[books('n1')]"],
    ["$all?$skip=2", {}, "[books('b3'),books('n1'),publishers('p1'),clubs('c1')]"],
    ["$all?$skip=3&$top=2", { Prefer: "odata.maxpagesize=1" }, "[books('n1')][publishers('p1')]"],
    ["$all?$skip=9", {}, "[]"],
    ["$all/lib.book?$orderby=pages desc", { Prefer: "odata.maxpagesize=3" }, "[books('b3'),books('b2'),books('b1')][books('n1')]"],
    ["$all/lib.book?$orderby=pages&$skip=1&$top=2", {}, "[books('b1'),books('b2')]"],
    ["$all/$ref", {}, "[books('b1'),books('b2'),books('b3'),books('n1')][publishers('p1')][clubs('c1')]"],
    ["$all/lib.book/$ref?$filter=pages gt 10&$orderby=pages desc", {}, "[books('b3'),books('b2')]"],
  ])("%s %j", async (target, headers, expected) => expect(await pagesOf(hub, target, headers)).toBe(expected));

  test.each([
    ["$all/$count", "6"],
    ["$all/lib.book/$count?$filter=pages gt 10", "2"],
    ["$all/lib.shelf/$count", "0"],
  ])("%s is %s", async (target, expected) => expect((await hub.get(url(target))).text).toBe(expected));

  test("of a type: related entities and calculated values beside each", async () => {
    const { json, status, text } = await hub.get(url("$all/lib.book?$expand=chapters($select=text)&$compute=pages mul 2 as twice&$select=twice&$top=1"));
    expect(status, text).toBe(200);
    expect(json["@odata.context"]).toBe(`${metadata}Collection(lib.book)(twice,chapters(text))`);
    expect(json.value[0]).toMatchObject({ "@odata.id": `${baseUrl}/v1.0/books('b1')`, twice: 20, chapters: [{ text: "contained" }] });
  });

  test("of a type: counted, selected, in all levels of metadata and as 4.01 names it", async () => {
    const { json } = await hub.get(url("$all/lib.book?$filter=pages le 10&$select=title&$count=true&$top=1"));
    expect(json).toEqual({
      "@odata.context": `${metadata}Collection(lib.book)(title)`,
      "@odata.count": 2,
      value: [
        {
          "@odata.context": `${metadata}books(title)/$entity`,
          "@odata.id": `${baseUrl}/v1.0/books('b1')`,
          "@odata.type": "#lib.book",
          "@odata.etag": expect.any(String),
          id: "b1",
          title: "T b1",
        },
      ],
    });
    const none = await hub.get(url("$all/lib.novel"), { headers: { Accept: "application/json;odata.metadata=none" } });
    expect(none.text).not.toContain("@odata");
    const full = await hub.get(url("$all/lib.novel"), { headers: { Accept: "application/json;odata.metadata=full" } });
    expect(full.text.match(/"@odata.id"/g)).toHaveLength(1);
    const named = await hub.get(url("$all/lib.novel"), { headers: { "OData-MaxVersion": "4.01", "OData-Version": "4.01" } });
    expect(named.json.value[0]).toMatchObject({ "@id": `${baseUrl}/v1.0/books('n1')`, "@type": "#lib.novel" });
  });

  test("a token goes on where it was given, and nowhere else", async () => {
    const { json } = await hub.get(url("$all"), { headers: { Prefer: "odata.maxpagesize=3" } });
    const token = /\$skiptoken=.*$/.exec(json["@odata.nextLink"])![0];
    for (const other of ["$all/lib.book", "books", "$all?$top=4"]) {
      expect(await refusal(`${other}${other.includes("?") ? "&" : "?"}${token}`)).toMatch(/^400 The \$skiptoken is not valid for this request/);
    }
    expect((await hub.get(`${url("$all")}?${token}`, { caller: callerOf({ tenant: otherTenant }) })).status).toBe(400);
  });

  test.each([
    ["$all?$filter=pages gt 1", "501 The query option $filter is not implemented for $all; restrict it to a type, as in $all/ns.Type."],
    ["$all?$select=id", "501 The query option $select is not implemented for $all; restrict it to a type, as in $all/ns.Type."],
    ["$all?$orderby=id", "501 The query option $orderby is not implemented for $all; restrict it to a type, as in $all/ns.Type."],
    ["$all?$search=x", "501 The query option $search is not implemented for"],
    ["$all/$count?$top=1", "400 The query option $top cannot be applied to /$count."],
    ["$all/lib.book/$ref?$select=title", "400 The query option $select cannot be applied to references."],
    ["$all/lib.book/$value", "501 The path segment '$value' is not implemented"],
    ["$all/lib.book?$apply=aggregate($count as n)", "501 The query option $apply is not implemented for $all."],
    ["$all?$levels=1", "400"],
    ["$all/lib.book?$filter=title", "400 $filter: expected a condition, got a value of type string"],
    ["$all/lib.nothing", "400 $all: 'lib.nothing': expected the qualified name of an entity type."],
    ["$all/lib.size", "400 $all: 'lib.size': expected the qualified name of an entity type."],
    ["$all/books", "400 $all: 'books': expected the qualified name of an entity type."],
    ["$all/lib.chapter", "400 $all: 'lib.chapter': no entity set or singleton of this service has entities of that type."],
    ["$all/lib.book/b1", "400"],
    ["$all('x')", "501"],
  ])("%s is %s", async (target, expected) => expect(await refusal(target)).toContain(expected));

  test("is only read, by who may read every set", async () => {
    expect((await hub.post(url("$all"), {})).headers["Allow"]).toBe("GET, HEAD");
    for (const target of ["$all/lib.book/$each", "$all/$each", "%24%61LL/lib.book/%24each"]) expect((await hub.remove(`/v1.0/${target}`)).status).toBe(501);
    const guarded = await openLibrary({
      model: withPlaces((place) => (place.path === "authors" ? { ...place, permissions: { read: ["Other.Read"], write: [] } } : place)),
    });
    const answers = await Promise.all(["$all", "$all/lib.book", "$all/lib.author", "books"].map((target) => guarded.get(url(target))));
    expect(answers.map(({ status }) => status)).toEqual([403, 200, 403, 200]);
    await guarded.close();
  });

  test("has singletons that are stored, and no set that cannot be listed", async () => {
    const { permissions } = libraryDefinition.resources[0]!.places![0]!;
    const desk = singleton("desk", "shelf", { verbs: ["get", "update", "upsert"], permissions });
    const other = await openLibrary({ model: withPlaces((place) => (place.path === "authors" ? { ...place, verbs: ["get", "create"] } : place), [desk]) });
    await other.post(url("authors"), { id: "a1" });
    await other.post(url("shelves"), { id: "s1", room: "here" });
    expect((await other.patch(url("desk"), { room: "there" })).status).toBeLessThan(300);
    expect(await pagesOf(other, "$all")).toBe("[shelves('s1')][desk]");
    expect(await pagesOf(other, "$all/lib.shelf?$filter=room eq 'there'")).toBe("[desk]");
    await other.post(url("shelves"), { id: "s2", room: "up" });
    await other.post(url("shelves"), { id: "s0" });
    for (const size of [1, 2, 9]) {
      const rows = async (target: string): Promise<string> => (await pagesOf(other, target, { Prefer: `odata.maxpagesize=${size}` })).replaceAll("][", ",");
      expect(await rows("$all/lib.shelf?$orderby=room desc")).toBe("[shelves('s2'),desk,shelves('s1'),shelves('s0')]");
      expect(await rows("$all/lib.shelf?$orderby=room&$skip=1&$top=2")).toBe("[shelves('s1'),desk]");
      expect(await rows("$all/lib.shelf?$orderby=length(room) desc,room")).toBe("[desk,shelves('s1'),shelves('s2'),shelves('s0')]");
    }
    expect((await other.get(url("$all/lib.author"))).status).toBe(400);
    await other.close();
  });

  test("is refused in words in the graph profile", async () => {
    const graph = await openLibrary({ profile: "graph" });
    expect((await graph.get(url("$all/lib.book"))).json.error.message).toBe("$all is not implemented in the graph profile: read the sets one by one.");
    await graph.close();
  });
});

describe("$all of a hub", () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openHub({ profile: "odata" });
  });
  afterAll(() => hub.close());

  test("its own row and its sets, and nothing of another's", async () => {
    const vendorInformation = { provider: "p", vendor: "v" };
    await hub.post("/v1.0/security/secureScoreControlProfiles", { id: "mine", title: "t", vendorInformation });
    const other = callerOf({ tenant: otherTenant });
    await hub.post("/v1.0/security/secureScoreControlProfiles", { id: "theirs", title: "t", vendorInformation }, { caller: other });
    const ids = await pagesOf(hub, "$all");
    expect(ids).toContain("[security][");
    expect(ids).toContain("mine");
    expect(ids).not.toContain("theirs");
    expect(await pagesOf(hub, "$all?$search=t")).toBe("[security/secureScoreControlProfiles('mine')][]");
    expect((await hub.get(url("$all/$count?$search=t"))).text).toBe("1");
    const ordered = await hub.get(url("$all/microsoft.graph.entity?$orderby=id desc&$top=1"));
    expect([ordered.status, ordered.json.value.length]).toEqual([200, 1]);
    expect(await pagesOf(hub, "$all/microsoft.graph.entity?$filter=id eq 'mine'&$select=id")).toContain("[security/secureScoreControlProfiles('mine')]");
    const followed = {
      changeType: "created",
      notificationUrl: "https://receiver.example/",
      resource: "$all/microsoft.graph.alert",
      expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    };
    expect((await hub.post("/v1.0/subscriptions", followed)).json.error.message).toContain("it is more than one collection");
    expect((await hub.get(url("$all"), { caller: callerOf({ permissions: everything.slice(0, 2) }) })).status).toBe(403);
  });
});
