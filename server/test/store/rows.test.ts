import { expect, test } from "vitest";
import { bodyOf } from "../../src/base/storedBody.ts";
import { entityOfPlace, getPlan, homeOf, idsOf, items, list, model, openStore, permitted, seed, create, write, notes, collectionOfPlace } from "./fixture.ts";

const day = (n: number) => `2026-01-${String(n).padStart(2, "0")}T00:00:00Z`;

test("a row comes back as it was written", async () => {
  const store = await openStore();
  const entity = {
    "@odata.type": "#test.store.item",
    id: "a",
    name: "x",
    big: JSON.rawJSON("9007199254740993"),
    created: "2026-01-01T03:00:00.1234567+03:00",
    free: [1, { b: null }],
  };
  const answer = await write(store, [create(entity)]);
  expect(answer.kind).toBe("written");
  const row = await store.get(permitted(getPlan(entityOfPlace("a"))));
  expect(row).toEqual({ hub: expect.any(String), parents: [], id: "a", seq: 2, type: "test.store.item", body: bodyOf(entity, 2) });
  expect(await store.get(permitted(getPlan(entityOfPlace("A"))))).toBeUndefined();
});

test("a list comes in the default order and in pages", async () => {
  const store = await openStore();
  await seed(
    store,
    [1, 2, 3, 4, 5].map((n) => ({ id: `i${n}`, created: day(n) })),
  );
  const first = await list(store, "$top=4&$count=true");
  expect(idsOf(first)).toEqual(["i5", "i4", "i3", "i2"]);
  expect(first.count).toBe(5);
  expect(first.next).toBeUndefined();
  const page = await store.list(
    permitted({ kind: "list", target: collectionOfPlace(), query: { ...(await import("./fixture.ts")).queryOf(""), pageSize: 2 } }),
  );
  expect(idsOf(page)).toEqual(["i5", "i4"]);
  expect(page.next?.values.at(-1)).toBe("i4");
});

test("contained rows lie below their parent, and go with it", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a" }, { id: "b" }]);
  await write(store, [create({ id: "n1", text: "x" }, { place: notes, parents: ["a"] }), create({ id: "n1", text: "y" }, { place: notes, parents: ["b"] })]);
  expect(idsOf(await list(store, "", { target: collectionOfPlace(notes, ["a"]) }))).toEqual(["n1"]);
  const expanded = await list(store, "$expand=notes($count=true)&$orderby=id");
  expect(expanded.rows.map((row) => row.expanded?.get("notes")).map((page) => [page?.count, page?.rows.map((note) => JSON.parse(note.body).text)])).toEqual([
    [1, ["x"]],
    [1, ["y"]],
  ]);
  const row = await store.get(permitted(getPlan(entityOfPlace("a"))));
  await write(store, [{ place: items, parents: [], id: "a", expect: row!.seq, put: null, changed: [] }]);
  expect(idsOf(await list(store, "", { target: collectionOfPlace(notes, ["a"]) }))).toEqual([]);
  expect(idsOf(await list(store, "", { target: collectionOfPlace(notes, ["b"]) }))).toEqual(["n1"]);
});

test("another tenant's hub shows nothing", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a" }]);
  expect(idsOf(await list(store, "", { scope: homeOf("t2") }))).toEqual([]);
  expect(model.places.length).toBe(5);
});
