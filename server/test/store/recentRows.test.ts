import { expect, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import type { Store } from "../../src/store/store.ts";
import { create, entityOfPlace, getPlan, homeOf, items, notes, openStore, permitted, seed, write } from "./fixture.ts";

const nameOf = async (store: Store, key: string, tenant = "t1"): Promise<unknown> => {
  const row = await store.get(permitted(getPlan(entityOfPlace(key)), homeOf(tenant)));
  return row === undefined ? undefined : (JSON.parse(row.body) as { name?: unknown }).name;
};
const change = (id: string, expectSeq: number, put: Record<string, unknown> | null) => ({
  place: items,
  parents: [],
  id,
  expect: expectSeq,
  put: put === null ? null : { type: "test.store.item", entity: { id, ...put } },
  changed: ["name"],
});

test("a row that was read is read anew once it was written", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a", name: "first" }]);
  expect([await nameOf(store, "a"), await nameOf(store, "a")]).toEqual(["first", "first"]);
  expect((await write(store, [change("a", 2, { name: "second" })])).kind).toBe("written");
  expect(await nameOf(store, "a")).toBe("second");
  expect((await write(store, [change("a", 2, { name: "late" })])).kind).toBe("moved");
  expect(await nameOf(store, "a")).toBe("second");
  expect((await write(store, [change("a", 3, null)])).kind).toBe("written");
  expect(await nameOf(store, "a")).toBeUndefined();
});

test("a row that was read in one hub is not found from another, whose row has the same id", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a", name: "of t1" }]);
  expect(await nameOf(store, "a")).toBe("of t1");
  expect(await nameOf(store, "a", "t2")).toBeUndefined();
  const scope = homeOf("t2");
  const grants = [{ tenant: "t2", hub: derivedGuid("hub", "t2"), role: "home" as const }];
  expect((await write(store, [create({ id: "a", name: "of t2" })], { scope, grants })).kind).toBe("written");
  expect([await nameOf(store, "a"), await nameOf(store, "a", "t2"), await nameOf(store, "a")]).toEqual(["of t1", "of t2", "of t1"]);
});

test("what a deleted row contains is gone with it, read before or not", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a" }]);
  await write(store, [{ place: notes, parents: ["a"], id: "n", expect: "absent", put: { type: "test.store.note", entity: { id: "n" } }, changed: [] }]);
  const note = permitted(getPlan(entityOfPlace("n", notes, ["a"])));
  expect((await store.get(note))?.id).toBe("n");
  expect(await store.get(permitted(getPlan(entityOfPlace("n", notes, ["b"]))))).toBeUndefined();
  await write(store, [change("a", 2, null)]);
  expect(await store.get(note)).toBeUndefined();
});

test("without a memory every row is read each time", async () => {
  const [kept, unkept] = [await openStore(), await openStore({ keptBytes: 0 })];
  for (const store of [kept, unkept]) await seed(store, [{ id: "a" }]);
  const get = async (store: Store) => store.get(permitted(getPlan(entityOfPlace("a"))));
  expect(await get(kept)).toBe(await get(kept));
  expect(await get(unkept)).not.toBe(await get(unkept));
  expect(await get(unkept)).toEqual(await get(unkept));
});
