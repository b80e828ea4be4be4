import { expect, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import type { Page, RowWrite, Store } from "../../src/store/store.ts";
import { collectionOfPlace, create, entityOfPlace, getPlan, homeOf, idsOf, items, openStore, permitted, queryOf, seed, write } from "./fixture.ts";

const query = queryOf("$orderby=name&$count=true");
const timed = queryOf("$filter=created lt now()");
const list = (store: Store, tenant = "t1", asked = query): Promise<Page> =>
  store.list(permitted({ kind: "list", target: collectionOfPlace(), query: asked }, homeOf(tenant)));

async function change(store: Store, put: RowWrite["put"]): Promise<void> {
  const { seq } = (await store.get(permitted(getPlan(entityOfPlace("a")))))!;
  expect(await write(store, [{ place: items, parents: [], id: "a", expect: seq, put, changed: [] }])).toMatchObject({ kind: "written" });
}

test("a page that is asked for again is the same one until something is written in its hub", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a", name: "x" }, { id: "b", name: "y" }]); // prettier-ignore
  await store.system.grant({ tenant: "t2", hub: derivedGuid("hub", "t2"), role: "home" });
  await seed(store, [{ id: "a", name: "z" }], homeOf("t2"));
  const first = await list(store);
  expect(await list(store)).toBe(first);
  expect([idsOf(await list(store, "t2")), idsOf(first)]).toEqual([["a"], ["a", "b"]]);
  await seed(store, [{ id: "c" }], homeOf("t2"));
  expect(await list(store)).toBe(first);
  expect(idsOf(await list(store, "t2"))).toEqual(["c", "a"]);

  await seed(store, [{ id: "c", name: "w" }]);
  expect(idsOf(await list(store))).toEqual(["c", "a", "b"]);
  await change(store, { type: "test.store.item", entity: { id: "a", name: "zz" } });
  expect(idsOf(await list(store))).toEqual(["c", "b", "a"]);
  await change(store, null);
  expect(await list(store)).toMatchObject({ count: 2, rows: [{ id: "c" }, { id: "b" }] });
});

test("a write that does not stand leaves the pages as they are", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a", name: "x" }]);
  const first = await list(store);
  expect(await write(store, [create({ id: "a", name: "y" })])).toMatchObject({ kind: "exists" });
  expect(await list(store)).toBe(first);
});

test("what depends on the time, and what is larger than the memory, is read each time", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a", created: "2026-01-01T00:00:00Z" }]);
  expect(await list(store, "t1", timed)).not.toBe(await list(store, "t1", timed));
  for (const keptBytes of [0, 7]) {
    const small = await openStore({ keptBytes });
    await seed(small, [{ id: "a" }]);
    expect(await list(small)).not.toBe(await list(small));
  }
});

test("a page whose hub is written to while it is read is not kept", async () => {
  const store = await openStore();
  await seed(store, [{ id: "a", name: "x" }]);
  const reading = list(store);
  await seed(store, [{ id: "b", name: "y" }]);
  await reading;
  expect(idsOf(await list(store))).toEqual(["a", "b"]);
});
