import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestHub } from "./hub.ts";
import { openLibrary } from "./library.ts";

const root = "/v1.0";
const serviceUrl = "https://hub.example/v1.0";

let hub: TestHub;
let book: string;
let count = 0;
const fresh = (name: string): string => `${name}${(count += 1)}`;
beforeAll(async () => {
  hub = await openLibrary();
});
afterAll(() => hub.close());

const whole = {
  title: "Whole",
  pages: 7,
  serial: 12,
  price: 1.5,
  tags: ["a", "b"],
  cover: { color: "red", size: { height: 1, width: 2, unit: "cm" }, marks: ["x"] },
  editions: [{ color: "blue" }],
};
beforeEach(async () => {
  book = fresh("book");
  await hub.post(`${root}/books`, { id: book, ...whole });
});

const read = async (path = "") => (await hub.get(`${root}/books('${book}')${path}`)).json;
const send = (method: string, path: string, body?: unknown, headers = {}) =>
  hub.send(method, `${root}/books('${book}')${path}`, body === undefined ? { headers } : { body, headers });
const representation = { Prefer: "return=representation" };

describe("PUT of an entity (OData Protocol 11.4.3)", () => {
  test("what is left out gets its default; key, links and contained entities stay", async () => {
    await hub.post(`${root}/books('${book}')/chapters`, { id: "c" });
    await hub.post(`${root}/authors`, { id: book, name: "A" });
    await send("PUT", "/writer/$ref", { "@odata.id": `authors('${book}')` });
    const answer = await send("PUT", "", { title: "Other", pages: 1 }, representation);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers["Preference-Applied"]).toBe("return=representation");
    expect(await read()).toMatchObject({
      id: book,
      title: "Other",
      pages: 1,
      serial: null,
      price: null,
      tags: [],
      cover: null,
      editions: [],
      publisherId: null,
    });
    expect((await read("/writer")).name).toBe("A");
    expect((await read("/chapters")).value).toHaveLength(1);
    expect(answer.json).toMatchObject(await read());
  });

  test.each([
    ["without what must be there", { pages: 1 }, 400, "title"],
    ["with another key", { id: "other", title: "T" }, 400, "id"],
    ["with another type", { "@odata.type": "#lib.novel", title: "T" }, 400, "@odata.type"],
    ["with what there is not", { title: "T", nope: 1 }, 400, "nope"],
  ])("%s is refused, and nothing changes", async (_, body, status, target) => {
    const before = await read();
    const answer = await send("PUT", "", body);
    expect([answer.status, answer.json.error.target], answer.text).toEqual([status, target]);
    expect(await read()).toEqual(before);
  });

  test("nests like PATCH does: what is nested is all there is", async () => {
    await hub.post(`${root}/books('${book}')/chapters`, { id: "old" });
    const answer = await send("PUT", "", { title: "T", chapters: [{ id: "new", text: "n" }] });
    expect(answer.status, answer.text).toBe(204);
    expect((await read("/chapters")).value).toMatchObject([{ id: "new", text: "n" }]);
  });

  test("under a condition that does not hold is 412", async () => {
    expect((await send("PUT", "", { title: "T" }, { "If-Match": 'W/"1"' })).status).toBe(412);
    const etag = (await hub.get(`${root}/books('${book}')`)).headers["ETag"]!;
    expect((await send("PUT", "", { title: "T" }, { "If-Match": etag })).status).toBe(204);
    expect((await send("PUT", "", { title: "U" }, { "If-Match": etag })).status).toBe(412);
  });
});

describe("upsert (OData Protocol 11.4.4)", () => {
  test.each(["PATCH", "PUT"])("by %s: made where nothing is, changed where something is", async (method) => {
    const id = fresh("new");
    const upsert = (title: string, headers = {}) => hub.send(method, `${root}/books('${id}')`, { body: { title }, headers });
    expect((await upsert("No", { "If-Match": "*" })).status).toBe(404);
    const made = await upsert("One", { "If-None-Match": "*" });
    expect([made.status, made.json.title, made.headers["Location"]]).toEqual([201, "One", `${serviceUrl}/books('${id}')`]);
    expect((await upsert("Two", { "If-None-Match": "*" })).status).toBe(412);
    expect((await upsert("Two", { "If-Match": "*" })).status).toBe(204);
    expect((await hub.get(`${root}/books('${id}')/title`)).json.value).toBe("Two");
    expect((await hub.send(method, `${root}/books('${fresh("new")}')`, { body: { title: "Plain" } })).status).toBe(201);
  });

  test("of two at the same time one makes it", async () => {
    const id = fresh("new");
    const upsert = () => hub.send("PATCH", `${root}/books('${id}')`, { body: { title: "T" }, headers: { "If-None-Match": "*" } });
    const statuses = (await Promise.all(Array.from({ length: 6 }, upsert))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(5);
  });
});

describe("properties, complex values and members of collections (OData Protocol 11.4.9)", () => {
  test("PATCH merges a complex value, PUT puts another in its place", async () => {
    expect((await send("PATCH", "/cover", { size: { height: 9 } })).status).toBe(204);
    expect((await read()).cover).toMatchObject({ color: "red", size: { height: 9, width: 2, unit: "cm" }, marks: ["x"] });
    expect((await send("PUT", "/cover", { size: { height: 3 } })).status).toBe(204);
    expect((await read()).cover).toMatchObject({ color: null, size: { height: 3, width: null, unit: null }, marks: [] });
    expect((await send("PUT", "/cover/size", { unit: "mm" })).status).toBe(204);
    expect((await read()).cover.size).toMatchObject({ height: null, width: null, unit: "mm" });
    expect((await send("PATCH", "", { cover: { color: "green" } })).status).toBe(204);
    expect((await read()).cover).toMatchObject({ color: "green", size: { unit: "mm" } });
  });

  test("DELETE sets to null, and empties a collection", async () => {
    for (const path of ["/pages", "/cover/size", "/cover", "/tags"]) expect((await send("DELETE", path)).status, path).toBe(204);
    expect(await read()).toMatchObject({ pages: null, cover: null, tags: [] });
    expect((await send("DELETE", "/title")).status).toBe(400);
  });

  test("POST adds to a collection of values", async () => {
    expect((await send("POST", "/tags", { value: "c" })).status).toBe(204);
    expect((await send("POST", "/editions", { color: "black" })).status).toBe(204);
    expect((await send("POST", "/cover/marks", { value: "y" })).status).toBe(204);
    expect(await read()).toMatchObject({ tags: ["a", "b", "c"], editions: [{ color: "blue" }, { color: "black" }], cover: { marks: ["x", "y"] } });
    expect((await send("POST", "/tags", { value: 5 })).status).toBe(400);
    expect((await send("POST", "/pages", { value: 5 })).status).toBe(405);
    expect((await send("PUT", "/tags", { value: ["z"] })).status).toBe(204);
    expect((await read()).tags).toEqual(["z"]);
  });

  test("adding at the same time loses nothing", async () => {
    const added = await Promise.all(Array.from({ length: 12 }, (_, index) => send("POST", "/tags", { value: `t${index}` })));
    expect(new Set(added.map(({ status }) => status))).toEqual(new Set([204]));
    expect((await read()).tags).toHaveLength(14);
  });

  test("return=representation answers the property", async () => {
    const answer = await send("PUT", "/pages", { value: 8 }, representation);
    expect([answer.status, answer.headers["Preference-Applied"]]).toEqual([200, "return=representation"]);
    expect(answer.json).toEqual({ "@odata.context": `${serviceUrl}/$metadata#books('${book}')/pages`, value: 8 });
  });
});

describe("PATCH of a set with a delta (OData 4.01 Protocol 11.4.12)", () => {
  test("makes, changes and deletes, in one transaction (UPD41-26)", async () => {
    const [made, gone] = [fresh("made"), fresh("gone")];
    await hub.post(`${root}/books`, { id: gone, title: "Gone" });
    const value = [
      { id: book, title: "Changed" },
      { id: made, title: "Made", chapters: [{ id: "c", text: "t" }] },
      { "@removed": { reason: "deleted" }, "@id": `books('${gone}')` },
    ];
    const answer = await hub.patch(`${root}/books`, { "@context": "#$delta", value }, { headers: representation });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json["@odata.context"]).toBe(`${serviceUrl}/$metadata#books/$delta`);
    expect(answer.json.value.map((one: { id?: string; "@odata.removed"?: object }) => one.id ?? one["@odata.removed"])).toEqual([
      book,
      made,
      { reason: "deleted" },
    ]);
    expect([(await read()).title, (await read()).pages]).toEqual(["Changed", 7]);
    expect((await hub.get(`${root}/books('${made}')/chapters('c')/text`)).json.value).toBe("t");
    expect((await hub.get(`${root}/books('${gone}')`)).status).toBe(404);
    expect((await hub.patch(`${root}/books('${book}')/chapters`, { value: [{ id: "x", text: "1" }] })).status).toBe(204);
    expect((await read("/chapters")).value).toMatchObject([{ id: "x", text: "1" }]);
  });

  test.each([
    [
      "one fault",
      {
        value: [
          { id: "BOOK", title: "No" },
          { id: "BOOK2", title: 7 },
        ],
      },
      400,
    ],
    [
      "one that lacks what it must have",
      {
        value: [
          { id: "BOOK", title: "No" },
          { id: "n1", pages: 7 },
        ],
      },
      400,
    ],
    [
      "the same twice",
      {
        value: [
          { id: "BOOK", title: "No" },
          { id: "BOOK", title: "Never" },
        ],
      },
      400,
    ],
    ["an etag that moved", { value: [{ id: "BOOK", title: "No", "@odata.etag": 'W/"1"' }] }, 412],
    ["no array", { value: {} }, 400],
    ["nothing", {}, 400],
    ["too many", { value: Array.from({ length: 1001 }, (_, index) => ({ id: `m${index}`, title: "T" })) }, 400],
  ])("%s: nothing is written", async (_, body, status) => {
    const before = [await read(), (await hub.get(`${root}/books/$count`)).text];
    const answer = await hub.patch(`${root}/books`, JSON.parse(JSON.stringify(body).replaceAll("BOOK", book)));
    expect(answer.status, answer.text).toBe(status);
    expect([await read(), (await hub.get(`${root}/books/$count`)).text]).toEqual(before);
  });
});

describe("forms of bodies and answers", () => {
  test("control information and instance annotations are passed over, with and without the prefix of 4.0", async () => {
    const id = fresh("noted");
    const body = {
      "@odata.context": "x",
      "@context": "x",
      "@odata.etag": "x",
      "@odata.editLink": "x",
      "@my.note": 1,
      id,
      "title@my.note": { a: 1 },
      "title@odata.type": "String",
      title: "Noted",
      "chapters@odata.navigationLink": "x",
      "shelves@odata.count": 7,
      cover: { "@my.note": 2, "color@my.note": 3, color: "red" },
    };
    expect((await hub.post(`${root}/books`, body)).status).toBe(201);
    expect((await hub.get(`${root}/books('${id}')`)).text).not.toContain("my.note");
  });

  test("Int64 and Decimal as texts, in and out (IEEE754Compatible)", async () => {
    const id = fresh("big");
    const headers = { "Content-Type": "application/json;IEEE754Compatible=true", Accept: "application/json;IEEE754Compatible=true" };
    const made = await hub.post(`${root}/books`, { id, title: "Big", serial: "9007199254740995", price: "12345678.25" }, { headers });
    expect([made.status, made.json.serial, made.json.price], made.text).toEqual([201, "9007199254740995", "12345678.25"]);
    expect((await hub.get(`${root}/books('${id}')`)).text).toContain('"serial":9007199254740995');
  });

  test.each(["none", "minimal", "full"])("metadata=%s of what was made and changed", async (level) => {
    const headers = { Accept: `application/json;odata.metadata=${level}`, ...representation };
    const id = fresh("meta");
    for (const answer of [
      await hub.post(`${root}/books`, { id, title: "M" }, { headers }),
      await hub.patch(`${root}/books('${id}')`, { pages: 1 }, { headers }),
    ]) {
      expect(answer.headers["Content-Type"]).toContain(`odata.metadata=${level}`);
      expect("@odata.context" in answer.json).toBe(level !== "none");
      expect("@odata.editLink" in answer.json).toBe(level === "full");
      expect(answer.json.title).toBe("M");
    }
  });

  test("preferences that are not granted are not said to be", async () => {
    const headers = { Prefer: 'handling=lenient, continue-on-error, include-annotations="*"' };
    const answer = await hub.patch(`${root}/books('${book}')`, { pages: 3 }, { headers });
    expect([answer.status, answer.headers["Preference-Applied"]]).toEqual([204, undefined]);
    expect((await hub.patch(`${root}/books('${book}')`, { nope: 3 }, { headers })).status).toBe(400);
  });
});
