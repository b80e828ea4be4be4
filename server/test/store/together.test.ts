import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Row, Store, UnitOfWork } from "../../src/store/store.ts";
import { create, idsOf, list, openStore, seed, write } from "./fixture.ts";

let store: Store;
beforeEach(async () => {
  store = await openStore();
  await seed(store, [{ id: "a" }]);
});
afterEach(() => void vi.useRealTimers());

const ids = async (of: UnitOfWork): Promise<string[]> => idsOf(await list(of, "$orderby=id"));

test("a unit of work reads what it wrote, others do not until it is done, and then all of it", async () => {
  const seen: string[][] = [];
  const answer = await store.together(async (unit) => {
    await write(unit, [create({ id: "b" })]);
    seen.push(await ids(unit), await ids(store));
    expect((await write(unit, [create({ id: "b" })])).kind).toBe("exists");
    await write(unit, [create({ id: "c" })]);
    return "done";
  });
  expect([answer, seen, await ids(store)]).toEqual(["done", [["a", "b"], ["a"]], ["a", "b", "c"]]);
});

test("work that rejects leaves nothing, and is told what it rejected with; sequences go on without a gap", async () => {
  const [{ seq }] = (await list(store, "")).rows as [Row];
  const failing = store.together(async (unit) => {
    await write(unit, [create({ id: "b" })]);
    throw new RangeError("enough");
  });
  await expect(failing).rejects.toThrow(new RangeError("enough"));
  const next = await write(store, [create({ id: "c" })]);
  expect([next.kind === "written" && next.rows[0]!.seq, await ids(store)]).toEqual([seq + 1, ["a", "c"]]);
});

test("writes behind a unit wait for it, units run one after the other, in the order in which they came", async () => {
  const log: string[] = [];
  const unit = (name: string): Promise<unknown> =>
    store.together(async (within) => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await write(within, [create({ id: name })]);
      log.push(`${name} ends`);
    });
  const alone = (id: string): Promise<unknown> => write(store, [create({ id })]).then(() => log.push(id));
  await Promise.all([unit("u1"), alone("b"), unit("u2"), alone("c")]);
  expect(log).toEqual(["u1 begins", "u1 ends", "b", "u2 begins", "u2 ends", "c"]);
});

test("work that takes too long is undone, and what it does then is refused; who waited is served", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let late: (() => Promise<unknown>)[] = [];
  const unit = store.together(async (within) => {
    await write(within, [create({ id: "b" })]);
    late = [() => write(within, [create({ id: "late" })]), () => list(within, "")];
    await vi.advanceTimersByTimeAsync(5_001);
    await new Promise(() => undefined);
  });
  const waiting = write(store, [create({ id: "c" })]);
  await expect(unit).rejects.toMatchObject({ key: "timeout", message: expect.stringContaining("nothing was changed") });
  expect((await waiting).kind).toBe("written");
  for (const one of late) await expect(one()).rejects.toMatchObject({ key: "timeout" });
  expect(await ids(store)).toEqual(["a", "c"]);
});

test("a store that closes finishes the unit that runs, and takes no more", async () => {
  const unit = store.together((within) => write(within, [create({ id: "b" })]));
  const closing = store.close();
  expect((await unit).kind).toBe("written");
  await closing;
  await expect(store.together(async () => "late")).rejects.toMatchObject({ key: "unavailable" });
});
