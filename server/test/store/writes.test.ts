import { describe, expect, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import type { Json } from "../../src/base/json.ts";
import type { TextRange } from "../../src/edm/rules.ts";
import { storedRows } from "../engine.ts";
import {
  create,
  entityOfPlace,
  getPlan,
  homeOf,
  idsOf,
  items,
  list,
  listPlan,
  model,
  notes,
  openStore,
  permitted,
  seed,
  temporaryFile,
  write,
  writeSetOf,
} from "./fixture.ts";

const home = derivedGuid("hub", "t1");
const update = (id: string, expectSeq: number, entity = {}) => ({
  place: items,
  parents: [],
  id,
  expect: expectSeq,
  put: { type: "test.store.item", entity: { id, ...entity } },
  changed: ["name"],
});

describe("a WriteSet", () => {
  test("stands whole or not at all", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a" }]);
    expect(await write(store, [create({ id: "b" }), create({ id: "a" })])).toEqual({ kind: "exists", index: 1 });
    expect(await write(store, [create({ id: "c" }), update("a", 99)])).toEqual({ kind: "moved", index: 1 });
    expect(idsOf(await list(store, "$orderby=id"))).toEqual(["a"]);
  });

  test("leaves the others of its group alone", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a" }]);
    const answers = await Promise.all([
      write(store, [create({ id: "b" })]),
      write(store, [create({ id: "x" }), create({ id: "a" })]),
      write(store, [create({ id: "c" })]),
    ]);
    expect(answers.map((answer) => answer.kind)).toEqual(["written", "exists", "written"]);
    expect(answers.flatMap((answer) => (answer.kind === "written" ? answer.rows.map((row) => row.seq) : [])).toSorted((one, other) => one - other)).toEqual([
      3, 4,
    ]);
    expect(idsOf(await list(store, "$orderby=id"))).toEqual(["a", "b", "c"]);
  });

  test("that fails after it has written is undone alone, numbers and all", async () => {
    const file = temporaryFile();
    const store = await openStore({ file });
    await seed(store, [{ id: "a" }]);
    const outcomes = await Promise.all([
      write(store, [create({ id: "b", tags: ["x"] })]),
      write(store, [create({ id: "c", tags: ["x"] }), create({ id: "d" }), create({ id: "a" })]),
      write(store, [create({ id: "e", tags: ["x"] })]),
    ]);
    expect(outcomes[1]).toEqual({ kind: "exists", index: 2 });
    expect(new Set(outcomes.flatMap((answer) => (answer.kind === "written" ? answer.rows.map((row) => row.seq) : [])))).toEqual(new Set([3, 4]));
    expect(idsOf(await list(store, "$filter=tags/any(t:t eq 'x')&$orderby=id"))).toEqual(["b", "e"]);
    expect(await storedRows(file, 'SELECT count(*), max("seq") FROM "changes"')).toEqual([[4, 4]]);
    expect(await storedRows(file, 'SELECT count(*), max("seq") FROM "audit"')).toEqual([[3, 3]]);
  });

  test("decided on one version succeeds once among many", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a" }]);
    const answers = await Promise.all(Array.from({ length: 32 }, (_, n) => write(store, [update("a", 2, { name: String(n) })])));
    expect(answers.filter((answer) => answer.kind === "written").length).toBe(1);
    expect(answers.filter((answer) => answer.kind === "moved").length).toBe(31);
  });

  test("replaces columns and side rows", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a", name: "x", tags: ["one", "two"], parts: [{ name: "p", labels: ["l"] }] }]);
    await write(store, [update("a", 2, { tags: ["three"] })]);
    for (const [filter, found] of [
      ["tags/any(t:t eq 'one')", []],
      ["tags/any(t:t eq 'three')", ["a"]],
      ["name eq null", ["a"]],
      ["parts/any()", []],
    ] as const) {
      expect(idsOf(await list(store, `$filter=${filter}`))).toEqual(found);
    }
  });

  test("keeps natural keys apart when the hub says so", async () => {
    const store = await openStore();
    const same = { maker: { provider: "p" }, created: "2026-01-01T10:00:00Z" };
    await seed(store, [
      { id: "a", ...same },
      { id: "b", ...same, created: "2026-01-01T11:00:00Z" },
    ]);
    await store.system.setSettings(home, { uniqueKeys: true });
    const unique = ["maker/provider", "day(created)"];
    expect(await write(store, [create({ id: "c", ...same })])).toEqual({ kind: "exists", index: 0, unique });
    expect((await write(store, [create({ id: "d", ...same, created: "2026-01-02T00:00:00Z" }), create({ id: "e" }), create({ id: "f" })])).kind).toBe(
      "written",
    );
    expect((await store.directory.home("t1")).settings).toEqual({ uniqueKeys: true });
    await store.system.setSettings(home, { uniqueKeys: false });
    expect((await write(store, [create({ id: "c", ...same })])).kind).toBe("written");
  });

  test("writes change log, audit, outbox and kept answer with it", async () => {
    const file = temporaryFile();
    const store = await openStore({ file });
    const key = { appId: "app", path: "/hub/items", key: "k" };
    const idempotency = { ...key, hash: "h", outcome: (seqs: readonly number[]) => JSON.stringify(seqs) };
    await write(store, [create({ id: "a", free: 1 }), create({ id: "b" })], { messages: [{ kind: "changed", payload: { id: "a" } }], idempotency });
    const plan = permitted(listPlan(""));
    expect(await store.idempotent(plan, key)).toEqual({ hash: "h", outcome: "[2,3]" });
    expect(await store.idempotent(plan, { ...key, key: "other" })).toBeUndefined();
    await expect(write(store, [create({ id: "c" })], { idempotency })).rejects.toMatchObject({ key: "conflict" });
    expect([await store.knowsDynamic(plan, items, "free"), await store.knowsDynamic(plan, items, "other")]).toEqual([true, false]);
    expect(await storedRows(file, 'SELECT "seq", "place", "id", "verb" FROM "changes" ORDER BY "seq"')).toEqual([
      [1, "hubs", home, "create"],
      [2, "hub/items", "a", "create"],
      [3, "hub/items", "b", "create"],
    ]);
    expect(await storedRows(file, 'SELECT "seq", "verb", "first", "last", length("seal") FROM "audit"')).toEqual([[1, "create", 1, 3, 43]]);
    expect(await storedRows(file, 'SELECT "audit", "n", "kind", "payload" FROM "outbox"')).toEqual([[1, 0, "changed", '{"id":"a"}']]);
  });

  test("forgets kept answers after a day", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const store = await openStore({ clock: () => now });
    const key = { appId: "app", path: "/x", key: "k" };
    const idempotency = { ...key, hash: "h", outcome: () => "" };
    await write(store, [create({ id: "a" })], { idempotency });
    now += 24 * 3600 * 1000 + 1;
    expect(await store.idempotent(permitted(listPlan("")), key)).toBeUndefined();
    expect((await write(store, [create({ id: "b" })], { idempotency })).kind).toBe("written");
  });

  test("deletes what is contained, with an entry for each row", async () => {
    const file = temporaryFile();
    const store = await openStore({ file });
    await seed(store, [{ id: "a", tags: ["x"] }]);
    await write(store, [create({ id: "n1" }, { place: notes, parents: ["a"] }), create({ id: "n2" }, { place: notes, parents: ["a"] })]);
    const answer = await write(store, [{ place: items, parents: [], id: "a", expect: 2, put: null, changed: [] }]);
    expect(answer.kind).toBe("written");
    expect(await storedRows(file, `SELECT "seq", "place", "parents", "id" FROM "changes" WHERE "verb" = 'delete' ORDER BY "seq"`)).toEqual([
      [5, "hub/items", "[]", "a"],
      [6, "hub/items/notes", '["a"]', "n1"],
      [7, "hub/items/notes", '["a"]', "n2"],
    ]);
    expect(await storedRows(file, `SELECT count(*) FROM "hub_items.tags"`)).toEqual([[0]]);
    expect((await write(store, [create({ id: "b" })])).kind).toBe("written");
  });
});

describe("a hub", () => {
  const hubs = model.hub!.fleet;

  test("is made real by its first write, and found again", async () => {
    const file = temporaryFile();
    const store = await openStore({ file });
    expect(await store.directory.home("t1")).toEqual({ id: home, real: false, settings: { uniqueKeys: false } });
    expect((await store.directory.reachable("t1", home))?.real).toBe(false);
    await seed(store, [{ id: "a" }]);
    expect(await store.directory.home("t1")).toEqual({ id: home, real: true, settings: { uniqueKeys: false } });
    await store.close();
    const again = await openStore({ file });
    expect((await again.directory.reachable("t1", home))?.real).toBe(true);
    expect(await again.directory.reachable("t2", home)).toBeUndefined();
    expect(await again.system.hubs()).toEqual([{ id: home, tenants: [{ tenant: "t1", hub: home, role: "home" }], rows: 2 }]);
    const row = await again.get(permitted(getPlan(entityOfPlace("", model.hub!.home))));
    expect(JSON.parse(row!.body)).toEqual({ "@odata.etag": 'W/"1"', "@odata.type": "#test.store.hub", id: home });
  });

  test("made by a tenant is managed by it, seen in its fleet and expanded there", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a" }]);
    const made = create({ id: "h2", displayName: "customer" }, { place: hubs });
    const fleet = { kind: "fleet", tenant: "t1" } as const;
    expect((await write(store, [made], { scope: fleet, grants: [{ tenant: "t1", hub: "h2", role: "manager" }] })).kind).toBe("written");
    const inside = { kind: "hub", hub: { id: "h2", real: true, settings: { uniqueKeys: false } } } as const;
    await seed(
      store,
      [
        { id: "b", created: "2026-01-02T00:00:00Z" },
        { id: "c", created: "2026-01-01T00:00:00Z" },
      ],
      inside,
    );
    const page = await list(store, "$expand=items($top=1;$count=true)&$count=true", {
      scope: fleet,
      target: { kind: "collection", place: hubs, hub: { kind: "fleet" }, parents: [] },
    });
    expect(page.count).toBe(2);
    const seen = page.rows.map((row) => [row.hub, row.expanded?.get("items")?.count, idsOf(row.expanded!.get("items")!)]);
    expect(Object.fromEntries(seen.map(([hub, ...rest]) => [hub, rest]))).toEqual({ [home]: [1, ["a"]], h2: [2, ["b"]] });
    const other = await list(store, "", {
      scope: { kind: "fleet", tenant: "t2" },
      target: { kind: "collection", place: hubs, hub: { kind: "fleet" }, parents: [] },
    });
    expect(other.rows).toEqual([]);
    await store.system.revoke("t1", "h2");
    expect(await store.directory.reachable("t1", "h2")).toBeUndefined();
  });

  test("of a tenant that has another home is not made", async () => {
    const store = await openStore();
    await write(store, [create({ id: "h9" }, { place: hubs })], {
      scope: { kind: "fleet", tenant: "t1" },
      grants: [{ tenant: "t1", hub: "h9", role: "home" }],
    });
    expect((await store.directory.home("t1")).id).toBe("h9");
    expect(await write(store, [create({ id: "a" })])).toEqual({ kind: "moved", index: 0 });
    await expect(store.system.grant({ tenant: "t1", hub: "h8", role: "home" })).rejects.toThrow("another home");
  });
});

describe("isolation", () => {
  test("a plan that nobody permitted is refused at every door", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a" }]);
    const real = permitted(listPlan(""));
    const forged = { ...real, scope: homeOf("t2") };
    const get = { ...permitted(getPlan(entityOfPlace("a"))) };
    const doors = [
      () => store.list(forged), () => store.count(forged), () => store.get(get), () => store.complete(get, {} as never, real.plan.query), () => store.rowsOf(forged, items, [], []),
      () => store.ruleReads(forged, {}), () => store.knowsDynamic(forged, items, "x"), () => store.idempotent(forged, { appId: "", path: "", key: "" }), () => store.write(forged, writeSetOf([])),
    ]; // prettier-ignore
    for (const door of doors) await expect((async () => door())()).rejects.toThrow("nobody permitted");
  });

  test("a rule finds rows by ranges of a text, each once, in the order they were written", async () => {
    const store = await openStore();
    await seed(
      store,
      ["d", "b", "a", "c", "b"].map((provider, index) => ({ id: `${index}`, maker: { provider } })),
    );
    const within = async (ranges: readonly TextRange[], limit?: number): Promise<Json | undefined> =>
      (
        await store.ruleReads(permitted(listPlan("")), {
          found: { kind: "within", place: "hub/items", path: "maker/provider", ranges, ...(limit === undefined ? {} : { limit }) },
        })
      )["found"];
    const ids = (rows: Json | undefined): readonly Json[] => (rows as { id: string }[]).map(({ id }) => id);
    expect(
      ids(
        await within([
          ["a", "b"],
          ["b", "c"],
          ["x", "z"],
        ]),
      ),
    ).toEqual(["1", "2", "3", "4"]);
    expect(ids(await within([["d", "d"]]))).toEqual(["0"]);
    expect(ids(await within([["a", "d"]], 2))).toEqual(["0", "1"]);
    expect(ids(await within([["c", "b"]]))).toEqual([]);
    expect(ids(await within([]))).toEqual([]);
    expect(ids(await within([["'", '"']]))).toEqual([]);
  });

  test("another tenant's rows are neither read nor written", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a", tags: ["x"], maker: { provider: "p" } }]);
    const scope = homeOf("t2");
    const plan = permitted(listPlan(""), scope);
    expect(await store.get(permitted(getPlan(entityOfPlace("a")), scope))).toBeUndefined();
    expect(await store.rowsOf(plan, items, ["a"], [])).toEqual([]);
    expect(await store.count(permitted({ ...listPlan("$filter=tags/any(t:t eq 'x')"), kind: "count" }, scope))).toBe(0);
    const reads = {
      one: { kind: "get", place: "hub/items", id: "a" },
      all: { kind: "count", place: "hub/items", parents: [] },
      some: { kind: "where", place: "hub/items", path: "maker/provider", equals: "p" },
      near: { kind: "within", place: "hub/items", path: "maker/provider", ranges: [["o", "p"]] },
    } as const;
    expect(await store.ruleReads(plan, reads)).toEqual({ one: null, all: 0, some: [], near: [] });
    expect(await store.ruleReads(permitted(listPlan("")), reads)).toMatchObject({ one: { id: "a" }, all: 1, some: [{ id: "a" }], near: [{ id: "a" }] });
    expect(await store.write(plan, writeSetOf([update("a", 2)]))).toEqual({ kind: "moved", index: 0 });
    await expect(store.write(permitted(listPlan("")), writeSetOf([{ ...create({ id: "h" }, { place: model.hub!.fleet }), expect: 1 }]))).rejects.toThrow(
      "outside",
    );
  });
});
