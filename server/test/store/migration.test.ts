import { existsSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { collectionOf, int32, string, strings } from "../../src/edm/define.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import {
  collectionOfPlace,
  create,
  entityOfPlace,
  getPlan,
  idsOf,
  list,
  openStore,
  permitted,
  queryOf,
  seed,
  temporaryFile,
  testModel,
  writeSetOf,
} from "./fixture.ts";

test("a property added to the model is filled from the bodies, filtered and sorted", async () => {
  const file = temporaryFile();
  const before = await openStore({ file });
  await seed(before, [{ id: "a", level: 2, marks: ["m"], more: [{ name: "x" }] }, { id: "b", level: 1 }, { id: "c" }]);
  await before.close();

  const model = testModel({ level: int32({ indexed: true }), marks: strings({ indexed: true }), more: collectionOf("part"), word: string() });
  const items = model.place("hub/items");
  const copies: string[] = [];
  const progress: unknown[] = [];
  const store = await openStore({ file, model, migration: { copied: (copy) => copies.push(copy), rewritten: (...step) => progress.push(step) } });
  const query = (text: string) => store.list(permitted({ kind: "list", target: collectionOfPlace(items), query: queryOf(text, items, model) }));
  expect(idsOf(await query("$orderby=level desc"))).toEqual(["a", "b", "c"]);
  expect(idsOf(await query("$filter=level eq 1"))).toEqual(["b"]);
  expect(idsOf(await query("$filter=marks/any(m:m eq 'm') and more/any(p:p/name eq 'x')"))).toEqual(["a"]);
  const answer = await store.write(permitted(getPlan(entityOfPlace("d"))), writeSetOf([create({ id: "d", level: 3, word: "w" }, { place: items })]));
  expect(answer.kind).toBe("written");
  expect(progress).toContainEqual(["hub/items", 3, 3]);
  expect(copies.length).toBe(1);
  expect((statSync(copies[0]!).mode & 0o777).toString(8)).toBe("600");
  await store.close();

  const copy = await openStore({ file: copies[0]! });
  expect(idsOf(await list(copy, "$orderby=id"))).toEqual(["a", "b", "c"]);

  const back = await openStore({ file });
  expect(idsOf(await list(back, "$orderby=id"))).toEqual(["a", "b", "c", "d"]);
  expect(JSON.parse((await back.get(permitted(getPlan(entityOfPlace("d")))))!.body)).toMatchObject({ id: "d", level: 3, word: "w" });
});

test("an unchanged model migrates nothing", async () => {
  const file = temporaryFile();
  await (await openStore({ file })).close();
  const copies: string[] = [];
  await openStore({ file, migration: { copied: (copy) => copies.push(copy) } });
  expect(copies).toEqual([]);
});

test("a file of store version 2 gets the table of leases, and its audit is laid out by rows", async () => {
  const file = temporaryFile();
  const before = await openStore({ file });
  await seed(before, [{ id: "a" }]);
  await before.close();
  const connection = nodeSqlite.open(file);
  const audited = `SELECT "hub", "seq", "at", "tenant", "app", "user", "verb", "first", "last" FROM "audit"`;
  const records = connection.prepare(audited).all([]);
  connection.exec(`DROP TABLE "leased_work"; ALTER TABLE "audit" RENAME TO "newer"; CREATE TABLE "audit" ("hub" INTEGER NOT NULL, "seq" INTEGER NOT NULL,
    "at" TEXT NOT NULL, "tenant" TEXT NOT NULL, "app" TEXT NOT NULL, "user" TEXT, "verb" TEXT NOT NULL, "first" INTEGER, "last" INTEGER, "seal" TEXT,
    PRIMARY KEY ("hub", "seq")) WITHOUT ROWID;
    INSERT INTO "audit" SELECT "hub", "seq", "at", "tenant", "app", "user", "verb", "first", "last", NULL FROM "newer"; DROP TABLE "newer"; PRAGMA user_version = 2`);
  connection.close();
  const store = await openStore({ file });
  await store.leases.put([{ hub: "", kind: "k", key: "a" }]);
  expect([await store.leases.nextDue(["k"]), idsOf(await list(store, ""))]).toEqual([0, ["a"]]);
  await store.close();
  const after = nodeSqlite.open(file);
  expect(records.length).toBe(1);
  expect(after.prepare(audited).all([])).toEqual(records);
  expect(after.prepare(`SELECT "seal", "body", rowid FROM "audit"`).all([])).toEqual([[null, null, 1]]);
  after.close();
});

test("a migration that fails changes nothing", async () => {
  const file = temporaryFile();
  const before = await openStore({ file });
  await seed(before, [{ id: "a" }]);
  await before.close();
  const migration = { rewritten: () => { throw new Error("stop"); } }; // prettier-ignore
  await expect(openStore({ file, model: testModel({ level: int32() }), migration })).rejects.toThrow("stop");
  const after = await openStore({ file });
  expect(idsOf(await list(after, ""))).toEqual(["a"]);
});

test("files of a newer program or of another one are refused untouched", async () => {
  const newer = temporaryFile();
  await (await openStore({ file: newer })).close();
  const connection = nodeSqlite.open(newer);
  connection.exec("PRAGMA user_version = 99");
  connection.close();
  await expect(openStore({ file: newer })).rejects.toThrow("written by a newer secgraph (store version 99");
  const other = temporaryFile();
  const foreign = nodeSqlite.open(other);
  foreign.exec("CREATE TABLE theirs (x)");
  foreign.close();
  await expect(openStore({ file: other })).rejects.toThrow("not one of secgraph");
  expect(existsSync(`${other}-wal`)).toBe(false);
});
