import { expect, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import { nodeSqlite } from "../../src/store/sqlite/nodeSqlite.ts";
import { collectionOfPlace, create, entityOfPlace, getPlan, homeOf, idsOf, list, notes, openStore, permitted, temporaryFile, write } from "./fixture.ts";

const [one, two] = [derivedGuid("hub", "t1"), derivedGuid("hub", "t2")];
const at = "2026-01-01T00:00:00.0000000Z";
const note = { "@odata.type": "#test.store.note", id: "n", text: "t", at: null };
const answer = JSON.stringify({ kind: "created", row: { hub: one, parents: [], id: "a", seq: 2, type: "test.store.item", body: '{"id":"a"}' }, notes: [] });

/** A file as store version 1 made it, with two hubs, a contained row, side rows, logs and an answer that is kept. */
const version1 = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE "hubs" ("hub" TEXT NOT NULL, "seq" INTEGER NOT NULL, "audits" INTEGER NOT NULL, "settings" TEXT NOT NULL, "at" TEXT NOT NULL, PRIMARY KEY ("hub")) WITHOUT ROWID;
  CREATE TABLE "hub_access" ("hub" TEXT NOT NULL, "tenant" TEXT NOT NULL, "role" TEXT NOT NULL, PRIMARY KEY ("hub", "tenant")) WITHOUT ROWID;
  CREATE TABLE "changes" ("hub" TEXT NOT NULL, "seq" INTEGER NOT NULL, "place" TEXT NOT NULL, "parents" TEXT NOT NULL, "id" TEXT NOT NULL, "verb" TEXT NOT NULL, "changed" TEXT NOT NULL, "at" TEXT NOT NULL, PRIMARY KEY ("hub", "seq")) WITHOUT ROWID;
  CREATE TABLE "outbox" ("hub" TEXT NOT NULL, "audit" INTEGER NOT NULL, "n" INTEGER NOT NULL, "kind" TEXT NOT NULL, "payload" TEXT NOT NULL, "at" TEXT NOT NULL, PRIMARY KEY ("hub", "audit", "n")) WITHOUT ROWID;
  CREATE TABLE "audit" ("hub" TEXT NOT NULL, "seq" INTEGER NOT NULL, "at" TEXT NOT NULL, "tenant" TEXT NOT NULL, "app" TEXT NOT NULL, "user" TEXT, "verb" TEXT NOT NULL, "first" INTEGER, "last" INTEGER, "seal" TEXT, PRIMARY KEY ("hub", "seq")) WITHOUT ROWID;
  CREATE TABLE "idempotency" ("hub" TEXT NOT NULL, "app" TEXT NOT NULL, "path" TEXT NOT NULL, "key" TEXT NOT NULL, "hash" TEXT NOT NULL, "outcome" TEXT NOT NULL, "at" TEXT NOT NULL, PRIMARY KEY ("hub", "app", "path", "key")) WITHOUT ROWID;
  CREATE TABLE "dynamic_names" ("hub" TEXT NOT NULL, "place" TEXT NOT NULL, "name" TEXT NOT NULL, PRIMARY KEY ("hub", "place", "name")) WITHOUT ROWID;
  CREATE TABLE "system_values" ("name" TEXT NOT NULL, "value" TEXT NOT NULL, PRIMARY KEY ("name")) WITHOUT ROWID;
  CREATE TABLE "schema_versions" ("number" INTEGER NOT NULL, "store" INTEGER NOT NULL, "model" TEXT NOT NULL, "shapes" TEXT NOT NULL, "at" TEXT NOT NULL, PRIMARY KEY ("number")) WITHOUT ROWID;
  CREATE TABLE "hub_items" ("hub" TEXT NOT NULL, "id" TEXT NOT NULL, "seq" INTEGER NOT NULL, "type" TEXT NOT NULL, "body" TEXT NOT NULL, "natural" TEXT, "name" TEXT, "n" INTEGER, PRIMARY KEY ("hub", "id"));
  CREATE TABLE "hub_items.tags" ("hub" TEXT NOT NULL, "id" TEXT NOT NULL, "o1" INTEGER NOT NULL, "value" TEXT, PRIMARY KEY ("hub", "id", "o1")) WITHOUT ROWID;
  CREATE TABLE "hub_items_notes" ("hub" TEXT NOT NULL, "p1" TEXT NOT NULL, "id" TEXT NOT NULL, "seq" INTEGER NOT NULL, "type" TEXT NOT NULL, "body" TEXT NOT NULL, "natural" TEXT, "text" TEXT, PRIMARY KEY ("hub", "p1", "id"));
  CREATE INDEX "hub_items.by name" ON "hub_items" ("hub", "name", "id");
  CREATE INDEX "hub_items.tags.by value" ON "hub_items.tags" ("hub", "value", "id");
  INSERT INTO "hubs" VALUES ('${two}', 1, 1, '{"uniqueKeys":false}', '2026-01-02T00:00:00.0000000Z'), ('${one}', 3, 3, '{"uniqueKeys":true}', '${at}');
  INSERT INTO "hub_access" VALUES ('${one}', 't1', 'home'), ('${two}', 't2', 'home');
  INSERT INTO "changes" SELECT '${one}', value, 'hub/items', '[]', 'x', 'create', '[]', '${at}' FROM json_each('[1,2,3]');
  INSERT INTO "audit" SELECT '${one}', value, '${at}', 't1', 'app', NULL, 'create', value, value, NULL FROM json_each('[1,2,3]');
  INSERT INTO "outbox" VALUES ('${one}', 2, 0, 'changed', '{}', '${at}');
  INSERT INTO "idempotency" VALUES ('${one}', 'app', '/items', 'k', 'h', '${answer}', '${at}');
  INSERT INTO "dynamic_names" VALUES ('${one}', 'hub/items', 'free');
  INSERT INTO "schema_versions" VALUES (1, 1, 'older', '{}', '${at}');
  INSERT INTO "hub_items" VALUES ('${one}', 'a', 2, 'test.store.item', '{"@odata.type":"#test.store.item","id":"a","name":"x","tags":["u","v"],"free":1}', 'key', 'x', 5);
  INSERT INTO "hub_items" VALUES ('${two}', 'a', 1, 'test.store.item', '{"@odata.type":"#test.store.item","id":"a","name":"y","tags":["u"]}', NULL, 'y', NULL);
  INSERT INTO "hub_items_notes" VALUES ('${one}', 'a', 'n', 3, 'test.store.note', '${JSON.stringify(note)}', NULL, 't');
  INSERT INTO "hub_items.tags" VALUES ('${one}', 'a', 0, 'u'), ('${one}', 'a', 1, 'v'), ('${two}', 'a', 0, 'u');
  PRAGMA user_version = 1;`;

test("a file of store version 1 comes to numbered hubs with everything in it, each hub's rows its own", async () => {
  const file = temporaryFile();
  const connection = nodeSqlite.open(file);
  connection.exec(version1);
  connection.close();
  const copies: string[] = [];
  const store = await openStore({ file, clock: () => Date.parse(at) + 1000, migration: { copied: (copy) => copies.push(copy) } });
  expect(copies).toHaveLength(1);
  for (const [tenant, name] of [["t1", "x"], ["t2", "y"]] as const) {
    const scope = homeOf(tenant);
    const page = await list(store, "$filter=tags/any(t:t eq 'u')", { scope });
    expect(page.rows.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([{ "@odata.etag": `W/"${page.rows[0]!.seq}"`, id: "a", name }]);
    expect(idsOf(await list(store, `$filter=name eq '${name}'`, { scope }))).toEqual(["a"]);
  } // prettier-ignore
  const contained = collectionOfPlace(notes, ["a"]);
  expect(JSON.parse((await list(store, "$filter=text eq 't'", { target: contained })).rows[0]!.body)).toEqual({ "@odata.etag": 'W/"3"', ...note });
  expect(await store.knowsDynamic(permitted(getPlan(entityOfPlace("a"))), entityOfPlace("a").place, "free")).toBe(true);
  const kept = await store.idempotent(permitted(getPlan(entityOfPlace("a"))), { appId: "app", path: "/items", key: "k" });
  expect(JSON.parse(kept!.outcome)).toMatchObject({ row: { body: '{"@odata.etag":"W/\\"2\\"","id":"a"}' } });
  expect(await write(store, [create({ id: "b" })])).toMatchObject({ kind: "written", rows: [{ seq: 4 }] });
  expect(new Map((await store.system.hubs()).map(({ id, rows }) => [id, rows]))).toEqual(new Map([[one, 3], [two, 1]])); // prettier-ignore
});
