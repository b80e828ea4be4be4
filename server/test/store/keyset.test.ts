import { assert, asyncProperty, constantFrom, integer, tuple, uniqueArray } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, JsonObject } from "../../src/base/json.ts";
import type { Cursor } from "../../src/plan/plan.ts";
import type { Store } from "../../src/store/store.ts";
import { dropEngine, openEngine } from "../engine.ts";
import { collectionOfPlace, create, homeOf, idsOf, model, openStore, permitted, queryOf, seed, write } from "./fixture.ts";
import { seeded } from "../fuzz/seeded.ts";

type Item = JsonObject & { readonly id: string };
const pick = <T>(values: readonly T[], n: number): T => values[n % values.length]!;

/** Many ties and nulls in every column. */
const all: readonly Item[] = Array.from({ length: 70 }, (_, n) => ({
  id: `i${(n * 37) % 70}`,
  name: pick([null, "a", "b", "B", "ä"], n),
  rank: pick([null, 2, 1], n >> 1),
  weight: pick([0.1, null, -1], n >> 2),
  big: pick([JSON.rawJSON("9007199254740993"), JSON.rawJSON("9007199254740992"), null, 5] as Json[], n >> 1),
  created: pick(["2026-01-01T00:00:00Z", null, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.0000001Z"], n),
  ...(n % 3 === 0 ? {} : { free: pick([1, "a", null, 2.5], n) }),
}));

async function walk(store: Store, text: string, pageSize: number): Promise<string[]> {
  const query = { ...queryOf(text), pageSize };
  const ids: string[] = [];
  let cursor: Cursor | undefined;
  do {
    const page = await store.list(permitted({ kind: "list", target: collectionOfPlace(), query }, homeOf("t1"), cursor));
    expect(page.rows.length).toBeLessThanOrEqual(pageSize);
    ids.push(...idsOf(page));
    cursor = page.next;
  } while (cursor !== undefined && ids.length <= all.length);
  return ids;
}

let store: Store;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-keyset-"));
  const file = join(folder, "data.db");
  store = await openEngine({ file, model });
  await seed(store, all);
  return async () => {
    await store.close();
    await dropEngine(file);
    rmSync(folder, { recursive: true });
  };
});

describe("pages behind cursors", () => {
  test("give every row once and in order, whatever the order", async () => {
    const term = tuple(constantFrom("name", "rank", "weight", "big", "created", "free", "length(name)", "rank add 1", "id"), constantFrom("", " desc")).map(
      (parts) => parts.join(""),
    );
    const terms = uniqueArray(term, { minLength: 1, maxLength: 3, selector: (one) => one.split(" desc")[0] });
    const filter = constantFrom("", "$filter=rank eq 1 or rank eq null&", "$filter=tags/any() or name ne 'a'&");
    await assert(
      asyncProperty(filter, terms, integer({ min: 1, max: 9 }), async (filtered, orders, size) => {
        const text = `${filtered}$orderby=${orders.join(",")}`;
        expect(await walk(store, text, size)).toEqual(await walk(store, text, 1000));
      }),
      seeded(150),
    );
    expect((await walk(store, "$orderby=rank,name desc", 7)).length).toBe(all.length);
  });

  test("sort nulls lowest, text by its bytes, and integers beyond 2^53 exactly", async () => {
    const small = await openStore();
    await seed(small, [
      { id: "1", name: "b", big: JSON.rawJSON("9007199254740993") },
      { id: "2" },
      { id: "3", name: "B", big: JSON.rawJSON("9007199254740992") },
      { id: "4", name: "ä", big: 1 },
    ]);
    const order = async (text: string) => {
      const query = { ...queryOf(`$orderby=${text}`), pageSize: 10 };
      return idsOf(await small.list(permitted({ kind: "list", target: collectionOfPlace(), query }))).join("");
    };
    expect(await order("name")).toBe("2314");
    expect(await order("name desc")).toBe("4132");
    expect(await order("big desc")).toBe("1342");
  });

  test("honour $top over pages and $skip on the first", async () => {
    const query = { ...queryOf("$orderby=id&$top=7&$skip=2"), pageSize: 3 };
    const sorted = all.map((item) => item.id).toSorted();
    const list = (cursor?: Cursor) => store.list(permitted({ kind: "list", target: collectionOfPlace(), query }, homeOf("t1"), cursor));
    const first = await list();
    const second = await list(first.next);
    const third = await list(second.next);
    expect([first, second, third].map((page) => page.rows.length)).toEqual([3, 3, 1]);
    expect([first, second, third].flatMap(idsOf)).toEqual(sorted.slice(2, 9));
    expect([first.next?.remaining, second.next?.remaining, third.next]).toEqual([4, 1, undefined]);
  });

  test("are cut by bytes too, and never empty", async () => {
    const small = await openStore({ pageBytes: 2500 });
    await seed(
      small,
      [1, 2, 3, 4].map((n) => ({ id: `i${n}`, name: "x".repeat(n === 3 ? 9000 : 1000) })),
    );
    const sizes: number[] = [];
    let cursor: Cursor | undefined;
    do {
      const page = await small.list(permitted({ kind: "list", target: collectionOfPlace(), query: queryOf("$orderby=id") }, homeOf("t1"), cursor));
      sizes.push(page.rows.length);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(sizes).toEqual([2, 1, 1]);
  });

  test("stay in place while rows come and go", async () => {
    const small = await openStore();
    await seed(
      small,
      [1, 3, 5, 7].map((n) => ({ id: `i${n}`, rank: n })),
    );
    const query = { ...queryOf("$orderby=rank"), pageSize: 2 };
    const target = collectionOfPlace();
    const first = await small.list(permitted({ kind: "list", target, query }));
    const row = first.rows[1]!;
    await write(small, [
      create({ id: "i0", rank: 0 }),
      create({ id: "i4", rank: 4 }),
      { place: target.place, parents: [], id: row.id, expect: row.seq, put: null, changed: [] },
    ]);
    const second = await small.list(permitted({ kind: "list", target, query }, homeOf("t1"), first.next));
    expect(idsOf(second)).toEqual(["i4", "i5"]);
  });
});
