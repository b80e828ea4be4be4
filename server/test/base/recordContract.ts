import { describe, expect, test } from "vitest";
import { AliasTaken, type Records } from "../../src/base/records.ts";

/** The records of one place as two servers see them. */
export interface RecordGround {
  readonly one: Records;
  readonly two: Records;
  readonly pass: (milliseconds: number) => Promise<void>;
}

interface Thing {
  readonly n: number;
  readonly alias?: string;
}

const kept = { name: "kept" };
const named = { name: "named", aliasOf: ({ alias }: Thing) => alias!, ownerOf: ({ n }: Thing) => `o${n}` };

/** What records do, wherever they are kept. */
export function recordContract(open: () => Promise<RecordGround>): void {
  describe("records", () => {
    test("are made, changed, left alone and removed; kinds are apart", async () => {
      const { one, two } = await open();
      const [mine, theirs] = [one<Thing>(kept), two<Thing>(kept)];
      expect(await mine.find("a")).toBeUndefined();
      expect(await mine.change("a", (known) => (known === undefined ? { n: 1 } : known))).toEqual({ n: 1 });
      expect([await theirs.find("a"), await two<Thing>({ name: "other" }).find("a")]).toEqual([{ n: 1 }, undefined]);
      expect(await theirs.change("a", (known) => ({ n: known!.n + 1 }))).toEqual({ n: 2 });
      expect(await theirs.change("a", (known) => known)).toEqual({ n: 2 });
      await mine.change("b", () => ({ n: 7 }));
      expect((await theirs.all()).toSorted((x, y) => x.n - y.n)).toEqual([{ n: 2 }, { n: 7 }]);
      expect([await theirs.change("a", () => undefined), await theirs.change("a", () => undefined)]).toEqual([undefined, undefined]);
      expect([await mine.find("a"), await mine.all()]).toEqual([undefined, [{ n: 7 }]]);
    });

    test("changes of many at once are one after the other: none is lost", async () => {
      const { one, two } = await open();
      await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : two)<Thing>(kept).change("a", (known) => ({ n: (known?.n ?? 0) + 1 }))),
      );
      expect(await one<Thing>(kept).find("a")).toEqual({ n: 40 });
    });

    test("of those who make or remove the same at once, one does", async () => {
      const { one, two } = await open();
      const made = await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? one : two)<Thing>(kept).change("a", (known) => known ?? { n })));
      expect(new Set(made.map((thing) => thing!.n)).size).toBe(1);
      const removed: number[] = [];
      const remove = async (records: Records): Promise<void> => {
        let mine: Thing | undefined;
        await records<Thing>(kept).change("a", (known) => void (mine = known));
        if (mine !== undefined) removed.push(mine.n);
      };
      await Promise.all(Array.from({ length: 8 }, (_, n) => remove(n % 2 === 0 ? one : two)));
      expect(removed).toHaveLength(1);
    });

    test("a second name leads to one record, which may change it", async () => {
      const { one, two } = await open();
      const [mine, theirs] = [one<Thing>(named), two<Thing>(named)];
      await mine.change("a", () => ({ n: 1, alias: "x" }));
      await expect(theirs.change("b", () => ({ n: 2, alias: "x" }))).rejects.toBeInstanceOf(AliasTaken);
      expect([await theirs.findByAlias("x"), await theirs.findByAlias("y"), await theirs.find("b")]).toEqual([{ n: 1, alias: "x" }, undefined, undefined]);
      await theirs.change("a", () => ({ n: 1, alias: "y" }));
      await mine.change("b", () => ({ n: 1, alias: "x" }));
      expect([await mine.findByAlias("y"), await mine.findByAlias("x")]).toEqual([
        { n: 1, alias: "y" },
        { n: 1, alias: "x" },
      ]);
      expect([await mine.count("o1"), await mine.count("o2")]).toEqual([2, 0]);
      await mine.change("a", () => undefined);
      expect([await mine.findByAlias("y"), await theirs.count("o1")]).toEqual([undefined, 1]);
    });

    test("last as long as their kind says, since they were made or changed; then key and second name are free", async () => {
      const { one, two, pass } = await open();
      const made = { ...named, name: "made", life: { milliseconds: 60_000, since: "made" as const } };
      const changed = { ...kept, name: "changed", life: { milliseconds: 60_000, since: "changed" as const } };
      await one<Thing>(made).change("a", () => ({ n: 1, alias: "x" }));
      await one<Thing>(changed).change("a", () => ({ n: 1 }));
      await pass(50_000);
      await one<Thing>(made).change("a", () => ({ n: 2, alias: "x" }));
      await one<Thing>(changed).change("a", () => ({ n: 2 }));
      await pass(11_000);
      const gone = two<Thing>(made);
      expect([await gone.find("a"), await gone.findByAlias("x"), await gone.all(), await gone.count("o2")]).toEqual([undefined, undefined, [], 0]);
      expect(await two<Thing>(changed).find("a")).toEqual({ n: 2 });
      expect(await gone.change("b", (known) => known ?? { n: 3, alias: "x" })).toEqual({ n: 3, alias: "x" });
      expect(await gone.change("a", (known) => known ?? { n: 4, alias: "z" })).toEqual({ n: 4, alias: "z" });
      expect(await gone.findByAlias("x")).toEqual({ n: 3, alias: "x" });
    });
  });
}
