import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callerOf, otherTenant, type Answer, type TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";

const root = "/v1.0";
const serviceUrl = "https://hub.example/v1.0";

let hub: TestHub;
let count = 0;
/** Ids of rows that each test has for itself. */
let b1: string, b2: string, novel: string, a1: string, a2: string, s1: string, s2: string, p1: string;

beforeAll(async () => {
  hub = await openLibrary();
});
afterAll(() => hub.close());

async function make(set: string, entity: object): Promise<string> {
  const id = `${set}-${(count += 1)}`;
  const answer = await hub.post(`${root}/${set}`, { id, ...entity });
  expect(answer.status, answer.text).toBe(201);
  return id;
}

beforeEach(async () => {
  b1 = await make("books", { title: "One" });
  b2 = await make("books", { title: "Two" });
  novel = await make("books", { "@odata.type": "#lib.novel", title: "Three" });
  [a1, a2] = [await make("authors", { name: "Ann" }), await make("authors", { name: "Ben" })];
  [s1, s2] = [await make("shelves", { room: "A" }), await make("shelves", { room: "B" })];
  p1 = await make("publishers", { city: "Oslo" });
});

const ref = (set: string, id: string) => ({ "@odata.id": `${serviceUrl}/${set}('${id}')` });
const put = (target: string, body: unknown, headers = {}) => hub.send("PUT", `${root}/${target}`, { body, headers });
const ids = (answer: Answer): string[] => {
  expect(answer.status, answer.text).toBe(200);
  return answer.json.value.map(({ id }: { id: string }) => id);
};
const get = (target: string) => hub.get(`${root}/${target}`);

describe("references to one entity (OData Protocol 11.4.6.2)", () => {
  test("PUT sets, sets another, and DELETE removes; GET follows (UPD40-22, UPD40-25)", async () => {
    expect((await get(`books('${b1}')/writer`)).status).toBe(204);
    for (const [id, name] of [
      [a1, "Ann"],
      [a2, "Ben"],
    ] as const) {
      // prettier-ignore
      expect((await put(`books('${b1}')/writer/$ref`, ref("authors", id))).status).toBe(204);
      const writer = await get(`books('${b1}')/writer`);
      expect(writer.json).toMatchObject({ "@odata.context": `${serviceUrl}/$metadata#authors/$entity`, id, name });
      expect((await get(`books/${b1}/writer/name`)).json).toEqual({ "@odata.context": `${serviceUrl}/$metadata#authors('${id}')/name`, value: name });
      expect(writer.headers["ETag"]).toBe((await get(`authors('${id}')`)).headers["ETag"]);
    }
    expect(ids(await get(`authors('${a1}')/books`))).toEqual([]);
    expect(ids(await get(`authors('${a2}')/books`))).toEqual([b1]);
    expect((await hub.remove(`${root}/books('${b1}')/writer/$ref`)).status).toBe(204);
    expect((await get(`books('${b1}')/writer`)).status).toBe(204);
    expect((await get(`books('${b1}')/writer/name`)).status).toBe(404);
    expect((await get(`books('none')/writer`)).status).toBe(404);
  });

  test("by a referential constraint it is the properties that change, from either side", async () => {
    expect((await put(`books('${b1}')/publisher/$ref`, ref("publishers", p1))).status).toBe(204);
    expect((await get(`books('${b1}')`)).json.publisherId).toBe(p1);
    expect((await get(`books('${b1}')/publisher/city`)).json.value).toBe("Oslo");
    expect((await hub.post(`${root}/publishers('${p1}')/books/$ref`, ref("books", b2))).status).toBe(204);
    expect(ids(await get(`publishers('${p1}')/books`))).toEqual([b1, b2].toSorted());
    expect((await hub.patch(`${root}/books('${b1}')`, { publisherId: null })).status).toBe(204);
    expect(ids(await get(`publishers('${p1}')/books`))).toEqual([b2]);
    expect((await hub.remove(`${root}/publishers('${p1}')/books('${b2}')/$ref`)).status).toBe(204);
    expect((await get(`books('${b2}')`)).json.publisherId).toBeNull();
  });

  test("one that must be there is not removed", async () => {
    expect((await put(`shelves('${s1}')/keeper/$ref`, ref("authors", a1))).status).toBe(204);
    const answer = await hub.remove(`${root}/shelves('${s1}')/keeper/$ref`);
    expect([answer.status, answer.json.error.target]).toEqual([400, "keeper"]);
    expect((await get(`shelves('${s1}')/keeper`)).json.id).toBe(a1);
  });
});

describe("references of a collection (OData Protocol 11.4.6.1, 11.4.6.2)", () => {
  test("POST adds, once; DELETE removes by $id and by key (UPD40-21, UPD40-25, UPD41-19)", async () => {
    for (const id of [b1, b2, novel, b1]) expect((await hub.post(`${root}/shelves('${s1}')/books/$ref`, ref("books", id))).status).toBe(204);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([b1, b2, novel].toSorted());
    expect(ids(await get(`books('${b1}')/shelves`))).toEqual([s1]);
    expect((await get(`shelves('${s1}')/books/$count`)).text).toBe("3");
    expect((await hub.remove(`${root}/shelves('${s1}')/books/$ref?$id=${encodeURIComponent(`${serviceUrl}/books('${b1}')`)}`)).status).toBe(204);
    expect((await hub.remove(`${root}/shelves('${s1}')/books('${b2}')/$ref`)).status).toBe(204);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([novel]);
    expect((await hub.remove(`${root}/shelves('${s1}')/books('${b2}')/$ref`)).status).toBe(404);
    expect((await get(`books('${b2}')`)).status).toBe(200);
  });

  test("PUT replaces all (OData 4.01 Protocol 11.4.6.4)", async () => {
    const all = (...list: string[]) => put(`shelves('${s1}')/books/$ref`, { value: list.map((id) => ref("books", id)) });
    expect((await all(b1, b2, b1)).status).toBe(204);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([b1, b2]);
    expect((await all(b2, novel)).status).toBe(204);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([b2, novel].toSorted());
    expect([(await all(b1, "none")).status, (await put(`shelves('${s1}')/books/$ref`, { value: [5] })).status]).toEqual([404, 400]);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([b2, novel].toSorted());
    expect((await put(`publishers('${p1}')/books/$ref`, { value: [ref("books", b1)] })).status).toBe(204);
    expect((await get(`books('${b1}')`)).json.publisherId).toBe(p1);
    expect((await all()).status).toBe(204);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([]);
  });

  test("relative ids, ids in other forms and the name of 4.01", async () => {
    for (const [id, key] of [
      [`books('${b1}')`, "@odata.id"],
      [`books/${b2}`, "@odata.id"],
      [`${serviceUrl}/books/${novel}`, "@id"],
    ] as const) {
      // prettier-ignore
      expect((await hub.post(`${root}/shelves('${s1}')/books/$ref`, { [key]: id })).status).toBe(204);
    }
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([b1, b2, novel].toSorted());
  });

  test("members are reached, filtered, ordered, counted and paged; others are not there", async () => {
    for (const id of [b1, b2, novel]) await hub.post(`${root}/shelves('${s1}')/books/$ref`, ref("books", id));
    await hub.post(`${root}/shelves('${s2}')/books/$ref`, ref("books", b2));
    expect((await get(`shelves('${s1}')/books('${b1}')/title`)).json.value).toBe("One");
    expect((await get(`shelves('${s2}')/books('${b1}')`)).status).toBe(404);
    expect(ids(await get(`shelves('${s1}')/books?$filter=title ne 'Two'&$orderby=title desc`))).toEqual([novel, b1]);
    expect(ids(await get(`shelves('${s1}')/books/lib.novel`))).toEqual([novel]);
    const counted = await get(`shelves('${s1}')/books?$count=true&$top=1`);
    expect([counted.json["@odata.count"], counted.json.value.length]).toEqual([3, 1]);
    const seen: string[] = [];
    for (let link = `${root}/shelves('${s1}')/books?$orderby=title`; link !== undefined;) {
      const page = await hub.get(link, { headers: { Prefer: "maxpagesize=1" } });
      seen.push(...ids(page));
      link = page.json["@odata.nextLink"]?.slice("https://hub.example".length);
      if (link !== undefined) expect((await hub.get(link.replace(s1, s2))).status).toBe(400);
    }
    expect(seen).toEqual([b1, novel, b2]);
    expect((await get(`shelves('${s1}')/books?$select=title`)).json["@odata.context"]).toBe(`${serviceUrl}/$metadata#books(title)`);
  });

  test("a link to one is moved, not copied, when it is written from the other side", async () => {
    await hub.post(`${root}/authors('${a1}')/books/$ref`, ref("books", b1));
    await hub.post(`${root}/authors('${a2}')/books/$ref`, ref("books", b1));
    expect([ids(await get(`authors('${a1}')/books`)), ids(await get(`authors('${a2}')/books`))]).toEqual([[], [b1]]);
    expect((await get(`books('${b1}')/writer/name`)).json.value).toBe("Ben");
  });

  test("of derived types and of contained entities", async () => {
    const prize = await make("prizes", { year: 1999 });
    expect((await hub.post(`${root}/books('${novel}')/lib.novel/prizes/$ref`, ref("prizes", prize))).status).toBe(204);
    expect((await get(`books('${novel}')/prizes/${prize}/year`)).json.value).toBe(1999);
    expect((await get(`books('${b1}')/prizes`)).status).toBe(404);
    expect((await hub.post(`${root}/books('${b1}')/prizes/$ref`, ref("prizes", prize))).status).toBe(400);
    await hub.post(`${root}/books('${b1}')/chapters`, { id: "c1", text: "x" });
    expect((await hub.post(`${root}/books('${b1}')/chapters('c1')/cites/$ref`, ref("books", b2))).status).toBe(204);
    expect(ids(await get(`books('${b1}')/chapters/c1/cites`))).toEqual([b2]);
    await hub.post(`${root}/authors('${a1}')/books/$ref`, ref("books", b1));
    expect((await get(`authors('${a1}')/books('${b1}')/chapters('c1')/text`)).json.value).toBe("x");
    expect(ids(await get(`authors('${a1}')/books('${b1}')/chapters`))).toEqual(["c1"]);
  });
});

describe("links and their ends", () => {
  test("a link is a change of the entity it is written on: its ETag moves, and conditions hold for it", async () => {
    const before = (await get(`shelves('${s1}')`)).headers["ETag"]!;
    const other = (await get(`books('${b1}')`)).headers["ETag"];
    const add = (etag: string, id: string) => hub.post(`${root}/shelves('${s1}')/books/$ref`, ref("books", id), { headers: { "If-Match": etag } });
    expect((await add(`W/"1"`, b1)).status).toBe(412);
    expect((await add(before, b1)).status).toBe(204);
    expect((await add(before, b2)).status).toBe(412);
    expect((await get(`shelves('${s1}')`)).headers["ETag"]).not.toBe(before);
    expect((await get(`books('${b1}')`)).headers["ETag"]).toBe(other);
  });

  test("go with either end", async () => {
    for (const id of [b1, b2]) await hub.post(`${root}/shelves('${s1}')/books/$ref`, ref("books", id));
    expect((await hub.remove(`${root}/books('${b1}')`)).status).toBe(204);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([b2]);
    expect((await hub.remove(`${root}/shelves('${s1}')`)).status).toBe(204);
    expect(ids(await get(`books('${b2}')/shelves`))).toEqual([]);
    await hub.post(`${root}/shelves`, { id: s1, room: "again" });
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([]);
  });

  test("OnDelete: what is related goes too, loses the shared value, or forbids it (CSDL 8.6)", async () => {
    const club = (more = {}) => make("clubs", more);
    const top = await club();
    const branch = await club({ rootId: top, members: [{ "@id": `authors('${a1}')` }] });
    const leaf = await club({ rootId: branch, rooms: [{ "@id": `shelves('${s1}')` }] });
    const guest = await club({ guestsOf: branch });
    const refused = await hub.remove(`${root}/clubs('${top}')`);
    expect([refused.status, refused.json.error.message], refused.text).toEqual([409, expect.stringContaining("'rooms'")]);
    for (const id of [top, branch, leaf]) expect((await get(`clubs('${id}')`)).status).toBe(200);
    expect((await get(`authors('${a1}')`)).status).toBe(200);
    await hub.remove(`${root}/clubs('${leaf}')/rooms('${s1}')/$ref`);
    expect((await hub.remove(`${root}/clubs('${top}')`)).status).toBe(204);
    for (const gone of [`clubs('${top}')`, `clubs('${branch}')`, `clubs('${leaf}')`, `authors('${a1}')`]) expect((await get(gone)).status, gone).toBe(404);
    expect([(await get(`clubs('${guest}')`)).json.guestsOf, (await get(`clubs('${guest}')/host`)).status]).toEqual(["nobody", 204]);
    const cyclic = await club();
    await hub.patch(`${root}/clubs('${cyclic}')`, { rootId: cyclic });
    expect((await hub.remove(`${root}/clubs('${cyclic}')`)).status).toBe(204);
  });

  test("what is read of a related collection moves with its changes, from memory as from the data", async () => {
    const path = `shelves('${s1}')/books`;
    for (const expected of [[b1], [b1, b2], [b2]]) {
      const change = expected.length === 2 ? b2 : b1;
      if (ids(await get(path)).includes(change)) await hub.remove(`${root}/${path}('${change}')/$ref`);
      else await hub.post(`${root}/${path}/$ref`, ref("books", change));
      for (let again = 0; again < 2; again += 1) expect(ids(await get(path))).toEqual(expected);
    }
  });

  test("of requests that stand or fall together links are, too; one names what another made", async () => {
    const post = (id: string, url: string, body: object) => ({
      id,
      method: "POST",
      url,
      body,
      headers: { "Content-Type": "application/json" },
      atomicityGroup: "g",
    });
    const requests = [
      post("1", "/shelves", { id: "grouped" }),
      post("2", "/$1/books/$ref", ref("books", b1)),
      post("3", "/$1/books/$ref", ref("books", "none")),
    ];
    const failed = await hub.post(`${root}/$batch`, { requests });
    expect(failed.json.responses.map(({ status }: { status: number }) => status)).toEqual([424, 424, 404]);
    expect((await get("shelves('grouped')")).status).toBe(404);
    const made = await hub.post(`${root}/$batch`, { requests: requests.slice(0, 2) });
    expect(
      made.json.responses.map(({ status }: { status: number }) => status),
      made.text,
    ).toEqual([201, 204]);
    expect(ids(await get("shelves('grouped')/books"))).toEqual([b1]);
    const bound = await hub.post(`${root}/$batch`, {
      requests: [
        post("n", "/authors", { id: "named" }),
        post("m", "/shelves", { id: "second" }),
        post("o", "/books", { id: "bound", title: "$n", "writer@odata.bind": "$n", "shelves@odata.bind": ["$m", "shelves('grouped')"] }),
        { ...post("p", "/$n/books/$ref", { "@odata.id": "$o" }) },
      ],
    });
    expect(
      bound.json.responses.map(({ status }: { status: number }) => status),
      bound.text,
    ).toEqual([201, 201, 201, 204]);
    const odd = [`{"@id":[${'"@id":["$n'.repeat(5000)}`, `{"@odata.id":"$n`, `{"x@odata.bind" : [ "$n" , 5, {"@id":"$n"}]`];
    for (const body of odd) {
      const text = `--b\r\nContent-Type: application/http\r\nContent-ID: n\r\n\r\nPOST books HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${body}\r\n--b--`;
      const answer = await hub.post(`${root}/$batch`, text, { headers: { "Content-Type": "multipart/mixed; boundary=b" } });
      expect([answer.status, answer.text.includes("HTTP/1.1 400")]).toEqual([200, true]);
    }
    expect((await get("books('bound')")).json.title).toBe("$n");
    expect((await get("books('bound')/writer")).json.id).toBe("named");
    expect(ids(await get("books('bound')/shelves"))).toEqual(["grouped", "second"]);
  });

  test("entities of another hub are not found", async () => {
    const caller = callerOf({ tenant: otherTenant });
    const answer = await hub.post(`${root}/shelves`, { id: s1 }, { caller });
    expect(answer.status, answer.text).toBe(201);
    const refused = await hub.post(`${root}/shelves('${s1}')/books/$ref`, ref("books", b1), { caller });
    expect([refused.status, refused.json.error.code]).toEqual([404, (await get("books('none')")).json.error.code]);
    expect((await hub.get(`${root}/books('${b1}')/writer`, { caller })).status).toBe(404);
    expect(ids(await hub.get(`${root}/shelves('${s1}')/books`, { caller }))).toEqual([]);
  });

  test("writers at the same time: each link is there once, and none is lost", async () => {
    const books = await Promise.all(Array.from({ length: 8 }, (_, index) => make("books", { title: `T${index}` })));
    const add = (id: string) => hub.post(`${root}/shelves('${s1}')/books/$ref`, ref("books", id));
    const added = await Promise.all([...books, ...books].map(add));
    expect(new Set(added.map(({ status }) => status))).toEqual(new Set([204]));
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual(books.toSorted());
    const removed = await Promise.all([...books, ...books].map((id) => hub.remove(`${root}/shelves('${s1}')/books('${id}')/$ref`)));
    expect(removed.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([...books.map(() => 204), ...books.map(() => 404)]);
    expect(ids(await get(`shelves('${s1}')/books`))).toEqual([]);
  });
});

describe("what is no reference is refused by name", () => {
  test.each([
    ["nothing", {}, 400],
    ["a number", { "@odata.id": 5 }, 400],
    ["an array", [], 400],
    ["an entity of another set", { "@odata.id": "authors('x')" }, 400],
    ["a collection", { "@odata.id": "books" }, 400],
    ["a property", { "@odata.id": "books('x')/title" }, 400],
    ["no path", { "@odata.id": "books('x" }, 400],
    ["an unknown segment", { "@odata.id": "boks('x')" }, 400],
    ["another service", { "@odata.id": "https://elsewhere.example/v1.0/books('x')" }, 404],
    ["another scheme", { "@odata.id": "file:///etc/passwd" }, 404],
    ["an entity that is not there", { "@odata.id": "books('none')" }, 404],
    ["a way along a link", { "@odata.id": "authors('x')/books('y')" }, 400],
    ["something huge", { "@odata.id": `books('${"x".repeat(100_000)}')` }, 400],
  ])("%s", async (_, body, status) => {
    const answer = await hub.post(`${root}/shelves('${s1}')/books/$ref`, body);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.text.length).toBeLessThan(1500);
  });

  test.each([
    ["POST", "books('B')/writer/$ref", "GET, PUT, DELETE"],
    ["PATCH", "shelves('S')/books/$ref", "GET, POST, PUT, DELETE"],
    ["POST", "shelves('S')/books('B')/$ref", "GET, DELETE"],
  ])("%s %s is 405, with the methods that are", async (method, target, allow) => {
    const answer = await hub.send(method, `${root}/${target.replace("'B'", `'${b1}'`).replace("'S'", `'${s1}'`)}`, { body: ref("authors", a1) });
    expect([answer.status, answer.headers["Allow"]]).toEqual([405, allow]);
  });

  test("DELETE of a collection's references without $id", async () => {
    expect((await hub.remove(`${root}/shelves('${s1}')/books/$ref`)).status).toBe(400);
    expect((await hub.remove(`${root}/books('${b1}')/writer/$ref?$id=x`)).status).toBe(400);
  });
});
