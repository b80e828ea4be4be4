import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callerOf, otherTenant, type Answer, type TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";

const root = "/v1.0";
const serviceUrl = "https://hub.example/v1.0";

let hub: TestHub;
let count = 0;
const fresh = (name: string): string => `${name}${(count += 1)}`;
beforeAll(async () => {
  hub = await openLibrary();
});
afterAll(() => hub.close());

const get = (target: string) => hub.get(`${root}/${target}`);
const post = (target: string, body: unknown, headers = {}) => hub.post(`${root}/${target}`, body, { headers });
const patch = (target: string, body: unknown, headers = {}) => hub.patch(`${root}/${target}`, body, { headers });
const ids = (answer: Answer): string[] => {
  expect(answer.status, answer.text).toBe(200);
  return answer.json.value.map(({ id }: { id: string }) => id);
};
const idsOf = async (target: string) => ids(await get(target));
const made = async (set: string, entity: object = {}): Promise<string> => {
  const id = fresh(set);
  const answer = await post(set, { id, ...entity });
  expect(answer.status, answer.text).toBe(201);
  return id;
};
/** How many rows each set has: nothing half written changes it. */
const counts = async () => Promise.all(["books", "authors", "shelves", "publishers", "prizes"].map(async (set) => Number((await get(`${set}/$count`)).text)));

let author: string, shelf: string, publisher: string, book: string;
beforeEach(async () => {
  [author, shelf, publisher] = [await made("authors", { name: "Ann" }), await made("shelves"), await made("publishers", { city: "Oslo" })];
  book = await made("books", { title: "There" });
});

describe("entities that are there are bound (OData Protocol 11.4.2.1)", () => {
  test.each([
    ["@odata.bind", (nav: string, id: string) => ({ [`${nav}@odata.bind`]: id }), (nav: string, list: string[]) => ({ [`${nav}@odata.bind`]: list })],
    ["@bind", (nav: string, id: string) => ({ [`${nav}@bind`]: id }), (nav: string, list: string[]) => ({ [`${nav}@bind`]: list })],
    ["@odata.id within", (nav: string, id: string) => ({ [nav]: { "@odata.id": id } }), (nav: string, list: string[]) => ({ [nav]: list.map((id) => ({ "@odata.id": id })) })], // prettier-ignore
    ["@id within", (nav: string, id: string) => ({ [nav]: { "@id": id } }), (nav: string, list: string[]) => ({ [nav]: list.map((id) => ({ "@id": id })) })],
  ])("in a create and in an update, as %s", async (_, one, many) => {
    const links = {
      ...one("writer", `authors('${author}')`),
      ...one("publisher", `${serviceUrl}/publishers('${publisher}')`),
      ...many("shelves", [`shelves/${shelf}`]),
    };
    const id = fresh("b");
    const answer = await post("books", { id, title: "Bound", ...links });
    expect([answer.status, answer.json.publisherId], answer.text).toEqual([201, publisher]);
    const other = await made("books", { title: "Later" });
    expect((await patch(`books('${other}')`, links)).status).toBe(204);
    for (const key of [id, other]) {
      expect((await get(`books('${key}')/writer`)).json.id).toBe(author);
      expect((await get(`books('${key}')/publisher`)).json.id).toBe(publisher);
      expect(await idsOf(`books('${key}')/shelves`)).toEqual([shelf]);
    }
    expect(await idsOf(`authors('${author}')/books`)).toEqual([id, other].toSorted());
    expect((await patch(`books('${id}')`, { writer: null, publisher: null })).status).toBe(204);
    expect([(await get(`books('${id}')/writer`)).status, (await get(`books('${id}')`)).json.publisherId]).toEqual([204, null]);
  });

  test("from the side that has no value of the constraint", async () => {
    const id = fresh("p");
    expect((await post("publishers", { id, "books@odata.bind": [`books('${book}')`] })).status).toBe(201);
    expect((await get(`books('${book}')`)).json.publisherId).toBe(id);
  });

  test("an update binds to a collection beside what it has; what is nested is all it has", async () => {
    const other = await made("shelves");
    await patch(`books('${book}')`, { "shelves@odata.bind": [`shelves('${shelf}')`] });
    await patch(`books('${book}')`, { "shelves@odata.bind": [`shelves('${other}')`] });
    expect(await idsOf(`books('${book}')/shelves`)).toEqual([shelf, other].toSorted());
    expect((await patch(`books('${book}')`, { shelves: [{ "@id": `shelves('${other}')` }] })).status).toBe(204);
    expect(await idsOf(`books('${book}')/shelves`)).toEqual([other]);
    expect((await patch(`books('${book}')`, { shelves: [] })).status).toBe(204);
    expect(await idsOf(`books('${book}')/shelves`)).toEqual([]);
    expect((await get(`shelves('${other}')`)).status).toBe(200);
  });

  test.each([
    ["writer@odata.bind", "authors('none')", 404],
    ["writer@odata.bind", "books('x')", 400],
    ["writer@odata.bind", ["authors('x')"], 400],
    ["writer@odata.bind", 7, 400],
    ["shelves@odata.bind", "shelves('x')", 400],
    ["shelves@odata.bind", [null], 400],
    ["chapters@odata.bind", ["books('x')/chapters('y')"], 400],
    ["shelves@odata.bind", Array.from({ length: 1001 }, () => "shelves('x')"), 400],
    ["writer", { "@odata.id": 3 }, 400],
    ["writer", [], 400],
    ["shelves", {}, 400],
    ["shelves", null, 400],
    ["chapters@odata.delta", [], 400],
    ["nobody@odata.bind", "authors('x')", 501],
  ])("%s: %j is refused, and nothing is written", async (name, value, status) => {
    const before = await counts();
    const answer = await post("books", { id: fresh("no"), title: "No", [name]: value });
    expect(answer.status, answer.text).toBe(status);
    expect(await counts()).toEqual(before);
  });

  test("of another hub nothing is found", async () => {
    const caller = callerOf({ tenant: otherTenant });
    const body = { id: fresh("x"), title: "X", "writer@odata.bind": `authors('${author}')` };
    expect((await hub.post(`${root}/books`, body, { caller })).status).toBe(404);
    expect((await hub.get(`${root}/books('${body.id}')`, { caller })).status).toBe(404);
  });
});

describe("deep insert (OData Protocol 11.4.2.2)", () => {
  test("contained and linked entities at any depth, in one request; the answer shows what was given", async () => {
    const [b, c1, w, s, q] = ["b", "c", "w", "s", "q"].map(fresh) as [string, string, string, string, string];
    const answer = await post("books", {
      id: b,
      title: "Deep",
      chapters: [{ id: c1, text: "one", cites: [{ id: q, title: "Cited", writer: { id: w, name: "Wim" } }] }],
      shelves: [{ id: s, room: "R" }, { "@odata.id": `shelves('${shelf}')` }],
      publisher: { id: fresh("p"), city: "Rome" },
    });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.json["@odata.context"]).toBe(`${serviceUrl}/$metadata#books(publisher(),chapters(cites(writer())),shelves())/$entity`);
    expect(answer.json).toMatchObject({
      id: b,
      chapters: [{ id: c1, text: "one", cites: [{ id: q, title: "Cited", writer: { id: w, name: "Wim" } }] }],
      shelves: [{ id: s, room: "R" }],
      publisher: { city: "Rome" },
      publisherId: expect.any(String),
    });
    expect((await get(`books('${b}')/chapters('${c1}')/cites('${q}')/writer/name`)).json.value).toBe("Wim");
    expect(await idsOf(`books('${b}')/shelves`)).toEqual([s, shelf].toSorted());
    expect((await get(`books('${b}')/publisher/city`)).json.value).toBe("Rome");
    expect(await idsOf(`authors('${w}')/books`)).toEqual([q]);
  });

  test("where related entities hold the value of a constraint, they get it", async () => {
    const [p, b] = [fresh("p"), fresh("b")];
    const answer = await post("publishers", { id: p, books: [{ id: b, title: "B" }] });
    expect([answer.status, answer.json.books[0].publisherId], answer.text).toEqual([201, p]);
    expect(await idsOf(`publishers('${p}')/books`)).toEqual([b]);
  });

  test("return=minimal shows nothing", async () => {
    const answer = await post("authors", { id: fresh("a"), books: [{ id: fresh("b"), title: "B" }] }, { Prefer: "return=minimal" });
    expect([answer.status, answer.text]).toEqual([204, ""]);
  });

  test("a POST to related entities makes one that is related (UPD40-20)", async () => {
    const [b1, b2] = [fresh("b"), fresh("b")];
    const etag = (await get(`authors('${author}')`)).headers["ETag"];
    const answer = await post(`authors('${author}')/books`, { id: b1, title: "One" });
    expect([answer.status, answer.headers["Location"]], answer.text).toEqual([201, `${serviceUrl}/books('${b1}')`]);
    expect(await idsOf(`authors('${author}')/books`)).toEqual([b1]);
    expect((await get(`authors('${author}')`)).headers["ETag"]).not.toBe(etag);
    expect((await post(`publishers('${publisher}')/books`, { id: b2, title: "Two" })).json.publisherId).toBe(publisher);
    expect((await post(`authors('none')/books`, { id: fresh("b"), title: "Three" })).status).toBe(404);
  });

  test.each([
    [
      "a fault deep below",
      {
        chapters: [
          { id: "c", text: "fine" },
          { id: "d", text: 5 },
        ],
      },
      400,
      "chapters[1]/text",
    ],
    ["a required value that lacks", { writer: { id: "w" }, shelves: [{ id: "s" }], sequel: { id: "q" } }, 400, "sequel/title"],
    ["an unknown member", { writer: { id: "w", nam: "x" } }, 400, "writer/nam"],
    ["a key that is taken", { writer: { id: "TAKEN" } }, 409, "id"],
    ["the same key twice", { shelves: [{ id: "twice" }, { id: "twice" }] }, 400, "twice"],
    ["an id of nothing", { shelves: [{ id: "s1" }], writer: { "@odata.id": "authors('none')" } }, 404, undefined],
    ["more than fit", { chapters: Array.from({ length: 1001 }, (_, index) => ({ id: `c${index}` })) }, 400, "chapters"],
  ])("%s: nothing of it is written", async (_, related, status, target) => {
    const before = await counts();
    const id = fresh("atomic");
    const text = JSON.stringify({ id, title: "Atomic", ...related }).replace("TAKEN", author);
    const answer = await hub.post(`${root}/books`, text);
    expect([answer.status, answer.json.error.target], answer.text).toEqual([status, target]);
    expect(await counts()).toEqual(before);
    expect((await get(`books('${id}')`)).status).toBe(404);
  });

  test("who may not write the related set is refused", async () => {
    const caller = callerOf({ permissions: [] });
    expect((await hub.post(`${root}/books`, { title: "x" }, { caller })).status).toBe(403);
  });
});

describe("deep update (OData 4.01 Protocol 11.4.3.1)", () => {
  let b: string, c1: string, c2: string;
  beforeEach(async () => {
    [c1, c2] = [fresh("c"), fresh("c")];
    b = await made("books", { title: "B", chapters: [{ id: c1, text: "one" }, { id: c2, text: "two" }], writer: { id: fresh("a"), name: "W" } }); // prettier-ignore
  });

  test("a nested collection is all there is: members are changed, made and taken away", async () => {
    const c3 = fresh("c");
    const answer = await patch(
      `books('${b}')`,
      {
        title: "New",
        chapters: [
          { id: c2, text: "2" },
          { id: c3, text: "3" },
        ],
      },
      { Prefer: "return=representation" },
    );
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({
      title: "New",
      chapters: [
        { id: c2, text: "2" },
        { id: c3, text: "3" },
      ],
    });
    expect(await idsOf(`books('${b}')/chapters`)).toEqual([c2, c3].toSorted());
  });

  test("a delta changes what it names and nothing else", async () => {
    const c3 = fresh("c");
    const delta = [
      { id: c1, text: "changed" },
      { id: c3, text: "new" },
      { "@removed": { reason: "deleted" }, id: c2 },
      { "@removed": {}, id: "none" },
    ];
    expect((await patch(`books('${b}')`, { "chapters@odata.delta": delta })).status).toBe(204);
    expect(await idsOf(`books('${b}')/chapters`)).toEqual([c1, c3].toSorted());
    expect((await get(`books('${b}')/chapters('${c1}')/text`)).json.value).toBe("changed");
  });

  test("a delta of linked entities: changed is taken away, deleted is gone", async () => {
    const [x, y, z] = [await made("shelves"), await made("shelves"), await made("shelves")];
    await patch(`books('${b}')`, { "shelves@odata.bind": [x, y, z].map((id) => `shelves('${id}')`) });
    const delta = [
      { "@removed": { reason: "changed" }, "@id": `shelves('${x}')` },
      { "@removed": { reason: "deleted" }, id: y },
      { id: z, room: "Z" },
    ];
    const answer = await patch(`books('${b}')`, { "shelves@delta": delta });
    expect(answer.status, answer.text).toBe(204);
    expect(await idsOf(`books('${b}')/shelves`)).toEqual([z]);
    expect([(await get(`shelves('${x}')`)).status, (await get(`shelves('${y}')`)).status]).toEqual([200, 404]);
    expect((await get(`shelves('${z}')/room`)).json.value).toBe("Z");
  });

  test("what is deleted by a delta goes as by a DELETE: with what goes with it, or not at all", async () => {
    const [top, branch, kept] = [await made("clubs"), await made("clubs"), await made("clubs")];
    await patch(`clubs('${branch}')`, { rootId: top });
    await patch(`clubs('${kept}')`, { "rooms@odata.bind": [`shelves('${shelf}')`] });
    const gone = (id: string) => ({ "@removed": { reason: "deleted" }, id });
    expect((await patch("clubs", { value: [gone(top), gone(kept)] })).status).toBe(409);
    expect((await get(`clubs('${branch}')`)).status).toBe(200);
    expect((await patch("clubs", { value: [gone(top)] })).status).toBe(204);
    expect((await get(`clubs('${branch}')`)).status).toBe(404);
  });

  test("a nested single entity is changed where it is, or made where there is none", async () => {
    expect((await patch(`books('${b}')`, { writer: { name: "Will" } })).status).toBe(204);
    expect((await get(`books('${b}')/writer/name`)).json.value).toBe("Will");
    const id = fresh("a");
    expect((await patch(`books('${book}')`, { writer: { id, name: "New" } })).status).toBe(204);
    expect((await get(`books('${book}')/writer/name`)).json.value).toBe("New");
  });

  test("a nested etag that has moved is 412, and nothing is written", async () => {
    const answer = await patch(`books('${b}')`, { title: "No", "chapters@delta": [{ id: c1, "@etag": 'W/"1"', text: "no" }] });
    expect(answer.status).toBe(412);
    expect((await get(`books('${b}')/title`)).json.value).toBe("B");
  });

  test("a fault in one member leaves all as it was", async () => {
    expect((await patch(`books('${b}')`, { title: "No", chapters: [{ id: c1, text: 7 }] })).status).toBe(400);
    expect(await idsOf(`books('${b}')/chapters`)).toEqual([c1, c2].toSorted());
    expect((await get(`books('${b}')/title`)).json.value).toBe("B");
  });
});
