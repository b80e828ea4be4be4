import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { SqliteConnection, SqliteDriver, SqliteStatement } from "../../src/store/sqlite/driver.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { create, idsOf, list, openStore, seed, temporaryFile, write } from "./fixture.ts";

/** An error as node:sqlite throws it, with an extended result code. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error("injected"), { code: "ERR_SQLITE_ERROR", errcode });
}

interface Faults {
  /** Called with each text that is run; may throw. */
  before?: ((sql: string) => void) | undefined;
}

/** node:sqlite, with faults in front of every statement. */
function faulty(faults: Faults): SqliteDriver {
  const guarded =
    <Args extends readonly unknown[], Result>(sql: string, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      faults.before?.(sql);
      return call(...args);
    };
  const statement = (sql: string, inner: SqliteStatement): SqliteStatement => ({
    all: guarded(sql, inner.all),
    get: guarded(sql, inner.get),
    iterate: guarded(sql, inner.iterate),
    insert: guarded(sql, inner.insert),
    run: guarded(sql, inner.run),
  });
  const connection = (inner: SqliteConnection): SqliteConnection => ({
    ...inner,
    prepare: (sql, bigints) => statement(sql, inner.prepare(sql, bigints)),
    exec: (sql) => guarded(sql, inner.exec)(sql),
  });
  return { ...nodeSqlite, open: (file, options) => connection(nodeSqlite.open(file, options)) };
}

const on =
  (start: string, errcode: number) =>
  (sql: string): void => {
    if (sql.startsWith(start)) throw sqliteError(errcode);
  };

describe("a failing disk is told truthfully", () => {
  test.each([
    ["a full disk at COMMIT", on("COMMIT", 13), "insufficientStorage", 507],
    ["a full disk at an INSERT", on('INSERT INTO "hub_items"', 13), "insufficientStorage", 507],
    ["an I/O error at COMMIT", on("COMMIT", 778), "unavailable", 503],
    ["a read-only disk", on("BEGIN", 8), "unavailable", 503],
    ["a locked file", on("BEGIN", 5), "unavailable", 503],
  ])("%s: all of the group hear it, nothing is written, and the next write works", async (_name, before, key, status) => {
    const faults: Faults = {};
    const store = await openStore({ driver: faulty(faults) });
    await seed(store, [{ id: "a" }]);
    faults.before = before;
    const answers = await Promise.allSettled([write(store, [create({ id: "b" })]), write(store, [create({ id: "c" })])]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: "rejected", reason: { key, status, extras: { headers: { "Retry-After": expect.any(String) } } } });
    expect(store.ready()).toBe(false);
    expect(idsOf(await list(store, ""))).toEqual(["a"]);
    faults.before = undefined;
    expect((await write(store, [create({ id: "b" })])).kind).toBe("written");
    expect(store.ready()).toBe(true);
    expect(idsOf(await list(store, "$orderby=id"))).toEqual(["a", "b"]);
  });

  test.each([
    ["a full disk at COMMIT", on("COMMIT", 13), "insufficientStorage"],
    ["a full disk at an INSERT, though the work goes on", on('INSERT INTO "hub_items"', 13), "insufficientStorage"],
    ["an I/O error at COMMIT", on("COMMIT", 778), "unavailable"],
    ["a read-only disk", on("BEGIN", 8), "unavailable"],
  ])("%s: a unit of work hears it as a whole, and so does nobody behind it", async (_name, before, key) => {
    const faults: Faults = {};
    const store = await openStore({ driver: faulty(faults) });
    await seed(store, [{ id: "a" }]);
    faults.before = before;
    const unit = store.together(async (within) => {
      await write(within, [create({ id: "b" })]).catch(() => undefined);
      faults.before = key === "unavailable" ? faults.before : undefined;
      await write(within, [create({ id: "c" })]).catch(() => undefined);
      faults.before = before;
    });
    await expect(unit).rejects.toMatchObject({ key });
    expect([store.ready(), idsOf(await list(store, ""))]).toEqual([false, ["a"]]);
    faults.before = undefined;
    expect((await write(store, [create({ id: "b" })])).kind).toBe("written");
    expect([store.ready(), idsOf(await list(store, "$orderby=id"))]).toEqual([true, ["a", "b"]]);
  });

  test("after a failed fsync nothing is written until a restart; reads go on", async () => {
    const faults: Faults = {};
    const file = temporaryFile();
    const store = await openStore({ file, driver: faulty(faults) });
    await seed(store, [{ id: "a" }]);
    faults.before = on("COMMIT", 1034);
    await expect(write(store, [create({ id: "b" })])).rejects.toMatchObject({ key: "unavailable" });
    faults.before = undefined;
    await expect(write(store, [create({ id: "c" })])).rejects.toMatchObject({ key: "unavailable", message: expect.stringContaining("restarted") });
    expect(store.ready()).toBe(false);
    expect(idsOf(await list(store, ""))).toEqual(["a"]);
    await store.close();
    const again = await openStore({ file });
    expect((await write(again, [create({ id: "c" })])).kind).toBe("written");
  });

  test("readiness comes back by itself, and the log hears of both once", async () => {
    const faults: Faults = { before: undefined };
    const told: unknown[] = [];
    const events = { writesFailed: (failure: string, error: unknown) => told.push([failure, String(error)]), writesResumed: () => told.push("resumed") };
    const store = await openStore({ driver: faulty(faults), events });
    faults.before = on("COMMIT", 13);
    for (const id of ["b", "c"]) await expect(write(store, [create({ id })])).rejects.toMatchObject({ key: "insufficientStorage" });
    faults.before = undefined;
    await expect.poll(() => store.ready()).toBe(true);
    expect(told).toEqual([["full", "Error: injected"], "resumed"]);
    expect((await store.figures()).writer.failures).toBeGreaterThanOrEqual(2);
  });

  test("a log that cannot be brought into the file is told once, counted, and told when it is", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const faults: Faults = { before: on("PRAGMA wal_checkpoint", 4106) };
    const told: unknown[] = [];
    const events = {
      checkpointFailed: (failure: string, error: unknown) => told.push([failure, String(error)]),
      checkpointResumed: () => told.push("resumed"),
    };
    const store = await openStore({ driver: faulty(faults), events });
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([]);
    const large = Array.from({ length: 24 }, (_, n) => create({ id: `a${n}`, name: "x".repeat(1_000_000) }));
    await Promise.all(large.map((row) => write(store, [row])));
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([["io", "Error: injected"]]);
    expect([(await store.figures()).files.checkpointFailures, store.ready()]).toEqual([3, true]);
    faults.before = undefined;
    vi.advanceTimersByTime(30_000);
    expect(told).toEqual([["io", "Error: injected"], "resumed"]);
    expect((await store.figures()).files.checkpointFailures).toBe(3);
  });

  test("a fault of ours in one member leaves the others standing", async () => {
    const store = await openStore();
    await seed(store, [{ id: "a" }]);
    const wrong = { ...create({ id: "x" }), put: { type: "no.such.type", entity: { id: "x" } } };
    const answers = await Promise.allSettled([write(store, [create({ id: "b" })]), write(store, [wrong]), write(store, [create({ id: "c" })])]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(idsOf(await list(store, "$orderby=id"))).toEqual(["a", "b", "c"]);
  });
});

describe("the file", () => {
  test("belongs to its owner alone, and is whole after closing", async () => {
    const file = temporaryFile();
    const store = await openStore({ file });
    await seed(store, [{ id: "a" }]);
    for (const name of readdirSync(dirname(file))) expect([name, (statSync(`${dirname(file)}/${name}`).mode & 0o777).toString(8)]).toEqual([name, "600"]);
    await store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
    await expect(write(store, [create({ id: "b" })])).rejects.toMatchObject({ key: "unavailable" });
  });
});
