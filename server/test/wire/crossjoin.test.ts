import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baseUrl, callerOf, type TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";
import { url } from "./shapes.ts";

describe("$crossjoin (OData URL Conventions 4.15)", () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await openLibrary();
    for (const [id, pages, publisherId] of [["b1", 10, "p1"], ["b2", 20, "p2"], ["b3", 30, null]] as const) await hub.post(url("books"), { id, title: `T ${id}`, pages, publisherId, tags: ["Oslo"] }); // prettier-ignore
    for (const [id, city] of [["p1", "Oslo"], ["p2", "Rome"]] as const) await hub.post(url("publishers"), { id, city }); // prettier-ignore
    await hub.post(url("books('b1')/chapters"), { id: "c1", text: "x" });
  });
  afterAll(() => hub.close());

  const get = async (target: string, headers = {}): Promise<any> => {
    const { status, text, json } = await hub.get(url(target), { headers });
    expect(status, text).toBe(200);
    return json;
  };
  const pairs = (json: any): string => json.value.map((row: any) => `${row.books.id}${row.publishers.id}`).join();

  test("every pair, by links, in the order of the keys", async () => {
    const json = await get("$crossjoin(books,publishers)?$count=true&$top=2");
    expect([json["@odata.context"], json["@odata.count"]]).toEqual([`${baseUrl}/v1.0/$metadata#Collection(Edm.ComplexType)`, 6]);
    expect(json.value[0]).toEqual({
      "books@odata.navigationLink": `${baseUrl}/v1.0/books('b1')`,
      "publishers@odata.navigationLink": `${baseUrl}/v1.0/publishers('p1')`,
    });
  });

  test.each([
    ["$filter=books/publisherId eq publishers/id", "b1p1,b2p2"],
    ["$filter=books/pages gt 10 and publishers/city eq 'Oslo'", "b2p1,b3p1"],
    ["$filter=books/tags/any(t:t eq publishers/city)", "b1p1,b2p1,b3p1"],
    ["$filter=books/publisherId ne publishers/id&$orderby=publishers/city desc,books/pages desc", "b3p2,b1p2,b3p1,b2p1"],
    ["$filter=books/chapters/any(c:c/text eq 'x')&$top=1", "b1p1"],
    ["$orderby=books/pages add length(publishers/city) desc&$skip=4", "b1p1,b1p2"],
  ])("%s", async (options, expected) =>
    expect(pairs(await get(`$crossjoin(books,publishers)?$expand=books($select=id),publishers($select=id)&${options}`))).toBe(expected),
  );

  test("entities are shown with options of their own, or by $select in short", async () => {
    const json = await get(
      "$crossjoin(books,publishers)?$filter=books/publisherId eq publishers/id&$expand=books($select=title;$expand=chapters($select=text);$compute=pages mul 2 as twice)&$top=1",
    );
    expect(json.value[0]).toMatchObject({
      books: { id: "b1", title: "T b1", chapters: [{ text: "x" }] },
      "publishers@odata.navigationLink": `${baseUrl}/v1.0/publishers('p1')`,
    });
    const [short] = (await get("$crossjoin(books,publishers)?$select=books/title,publishers/city&$top=1")).value;
    expect([short.books.title, short.books.pages, short.publishers.city]).toEqual(["T b1", undefined, "Oslo"]);
  });

  test("of one set each row has one entity", async () => {
    const plain = await get("$crossjoin(books)?$count=true&$top=1&$orderby=books/pages desc");
    expect([plain["@odata.context"], plain["@odata.count"], plain.value]).toEqual([
      `${baseUrl}/v1.0/$metadata#Collection(Edm.ComplexType)`,
      3,
      [{ "books@odata.navigationLink": `${baseUrl}/v1.0/books('b3')` }],
    ]);
    const { value } = await get("$crossjoin(books)?$filter=books/pages gt 10&$expand=books($select=id)");
    expect(value.map((row: any) => row.books.id)).toEqual(["b2", "b3"]);
  });

  test("goes on page by page, to the end", async () => {
    const seen: string[] = [];
    let target: string | undefined = url("$crossjoin(books,publishers)?$select=books/id,publishers/id&$orderby=publishers/city desc");
    while (target !== undefined) {
      const { json, status, text } = await hub.get(target, { headers: { Prefer: "odata.maxpagesize=4" } });
      expect(status, text).toBe(200);
      seen.push(...pairs(json).split(","));
      target = json["@odata.nextLink"]?.slice(baseUrl.length);
    }
    expect(seen.join()).toBe("b1p2,b2p2,b3p2,b1p1,b2p1,b3p1");
  });

  test.each([
    ["$crossjoin(books,books)", "400 $crossjoin: a set is named twice."],
    ["$crossjoin(books,nothing)", "400 Resource not found for the segment 'nothing'."],
    ["$crossjoin(books,publishers)?$filter=pages gt 1", "400 Could not find a property named 'pages' on type '$crossjoin(books,publishers)'."],
    ["$crossjoin(books,publishers)?$filter=books/nothing eq 1", "400 Could not find a property named 'nothing' on type 'lib.book'."],
    ["$crossjoin(books,publishers)?$filter=books eq null", "400"],
    ["$crossjoin(books,publishers)?$expand=shelves", "400 $crossjoin: 'shelves': $expand names sets, $select paths that begin with one (position 0)."],
    ["$crossjoin(books,publishers)?$search=x", "400 The query option $search cannot be applied to $crossjoin."],
    ["$crossjoin(books,publishers)/books", "400"],
  ])("%s is %s", async (target, expected) => {
    const { status, json } = await hub.get(url(target));
    expect(`${status} ${json.error?.message}`).toContain(expected);
  });

  test("asks for the right to read each set, is only read, and refused in the graph profile", async () => {
    expect((await hub.get(url("$crossjoin(books,publishers)"), { caller: callerOf({ permissions: [] }) })).status).toBe(403);
    expect((await hub.post(url("$crossjoin(books,publishers)"), {})).headers["Allow"]).toBe("GET, HEAD");
    const graph = await openLibrary({ profile: "graph" });
    const { status, json } = await graph.get(url("$crossjoin(books,publishers)"));
    expect([status, json.error.message]).toEqual([
      501,
      "$crossjoin is not implemented in the graph profile: read the sets one by one, or relate them by $expand.",
    ]);
    await graph.close();
  });
});
