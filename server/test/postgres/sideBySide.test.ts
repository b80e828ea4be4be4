import { expect, onTestFinished, test } from "vitest";
import { int32, strings } from "../../src/edm/define.ts";
import type { Model } from "../../src/edm/model.ts";
import { startUpkeep } from "../../src/outbox/upkeep.ts";
import { lateRowsKind } from "../../src/store/postgres/lateRows.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import type { Store } from "../../src/store/store.ts";
import { collectionOfPlace, create, permitted, queryOf, testModel, write } from "../store/fixture.ts";
import { asSuperuser, createDatabase } from "./databases.ts";

const older = testModel();
const newer = testModel({ level: int32({ indexed: true }), marks: strings({ indexed: true }) });

const bringing = lateRowsKind(newer.version);

/** Items by a filter, as a server of a model sees them. */
async function find(store: Store, model: Model, filter: string): Promise<string[]> {
  const items = model.place("hub/items");
  const page = await store.list(permitted({ kind: "list", target: collectionOfPlace(items), query: queryOf(`$filter=${filter}&$orderby=id`, items, model) }));
  return page.rows.map(({ id }) => id);
}

test("servers of a new version start side by side with one of the old: one of them migrates, the old goes on, and all see all rows", async () => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  const old = await openPostgresStore({ url, model: older, connections: 3 });
  onTestFinished(() => old.close());
  const put = (n: number) => write(old, [create({ id: `i${n}`, name: `n${n}`, level: n, marks: [`m${n}`] })]);
  for (let n = 10; n < 40; n += 1) expect((await put(n)).kind).toBe("written");

  const writing = { on: true };
  let last = 40;
  const answers: string[] = [];
  const load = (async () => {
    for (; writing.on; last += 1) answers.push((await put(last)).kind);
  })();
  const rewritten: string[] = [];
  const migrated: number[] = [];
  onTestFinished(() => void (writing.on = false));
  const open = (server: number) =>
    openPostgresStore({
      url,
      model: newer,
      connections: 3,
      migration: { migrated: () => migrated.push(server), rewritten: (place) => rewritten.push(`${server} ${place}`) },
    });
  const fresh = await Promise.all([1, 2, 3].map(open));
  for (const store of fresh) onTestFinished(() => store.close());
  expect(migrated).toHaveLength(1);
  expect(new Set(rewritten.map((one) => one.split(" ")[0])).size).toBe(1);
  expect((await put(1)).kind).toBe("written");
  writing.on = false;
  await load;
  expect(new Set(answers)).toEqual(new Set(["written"]));

  expect(await find(fresh[0]!, newer, "level eq 12 and marks/any(m:m eq 'm12')")).toEqual(["i12"]);
  const item = newer.place("hub/items");
  const made = await fresh[1]!.write(permitted({ kind: "list", target: collectionOfPlace(item), query: queryOf("", item, newer) }), {
    rows: [create({ id: "x", name: "x", level: 7, marks: ["mx"] }, { place: item })],
    grants: [],
    messages: [],
    audit: { verb: "create", at: "2026-01-01T00:00:00.0000000Z", tenant: "t1", appId: "app", user: null },
  });
  expect(made.kind).toBe("written");
  expect([await find(old, older, "name eq 'x'"), await find(old, older, "level eq 7")]).toEqual([["x"], ["x"]]);
  for (const store of fresh) expect(await find(store, newer, "name eq 'n1'")).toEqual(["i1"]);

  // What the old server wrote since is found by what it does not know once the work that is due for it was done.
  expect(await find(fresh[0]!, newer, "level eq 1")).toEqual([]);
  const upkeep = startUpkeep(fresh[2]!, (error) => expect.unreachable(String(error)));
  onTestFinished(() => upkeep.stop());
  await asSuperuser(url, `UPDATE "leased_work" SET "ready" = "ready" - 600000 WHERE "kind" = '${bringing}'`);
  await fresh[2]!.leases.put([]);
  const isDone = async (): Promise<boolean> => {
    const { waiting, held } = (await fresh[0]!.leases.figures()).get(bringing)!;
    return waiting === 1 && held === 0;
  };
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20));
  expect([await find(fresh[0]!, newer, "level eq 1"), await find(fresh[0]!, newer, "marks/any(m:m eq 'm1')")]).toEqual([["i1"], ["i1"]]);

  const [versions] = await asSuperuser(url, `SELECT count(*)::int AS count FROM "schema_versions"`);
  expect(versions).toEqual({ count: 2 });
});

const versionsIn = async (url: string): Promise<unknown> => asSuperuser(url, `SELECT "number"::int, "model" FROM "schema_versions" ORDER BY 1`);
/** Tables, columns and indexes as they are. */
const tablesOf = (url: string): Promise<unknown> =>
  asSuperuser(
    url,
    `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, obj_description(c.oid, 'pg_class') AS mark FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relkind IN ('r', 'p', 'i') AND c.relname NOT LIKE 'changes%' ORDER BY 1, 2`,
  );

test("a server of the old version that starts after the migration leaves the tables as they are, serves beside, and what it writes is found later", async () => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  const first = await openPostgresStore({ url, model: older, connections: 2 });
  await write(first, [create({ id: "a", name: "a", level: 1, marks: ["m"] }), create({ id: "c", name: "c", level: 3, marks: ["m"] })]);
  await first.close();
  const fresh = await openPostgresStore({ url, model: newer, connections: 2 });
  onTestFinished(() => fresh.close());
  const [versions, tables] = [await versionsIn(url), await tablesOf(url)];

  const told: string[] = [];
  const events = { outgrown: () => told.push("outgrown"), migrated: () => told.push("migrated") };
  const old = await openPostgresStore({ url, model: older, connections: 2, events });
  expect([told, await versionsIn(url), await tablesOf(url)]).toEqual([["outgrown"], versions, tables]);
  expect((await write(old, [create({ id: "b", name: "b", level: 2, marks: ["m"] })])).kind).toBe("written");
  // As it deletes a row: with the members that it knows of.
  await asSuperuser(url, `DELETE FROM "hub_items" WHERE "id" = 'c'`);
  expect([await find(old, older, "name ne 'x'"), await find(fresh, newer, "name ne 'x'")]).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
  expect(await find(fresh, newer, "level ge 1")).toEqual(["a"]);

  // Its own upkeep does not take what only the newer can do; it orders for the last time when it ends.
  const oldUpkeep = startUpkeep(old, (error) => expect.unreachable(String(error)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await oldUpkeep.stop();
  await old.close();
  const upkeep = startUpkeep(fresh, (error) => expect.unreachable(String(error)));
  onTestFinished(() => upkeep.stop());
  while ((await find(fresh, newer, "level ge 1")).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await find(fresh, newer, "marks/any(m:m eq 'm')")).toEqual(["a", "b"]);
  const lost = `SELECT count(*)::int AS count FROM "hub_items.marks" WHERE "n" NOT IN (SELECT "n" FROM "hub_items")`;
  while (JSON.stringify(await asSuperuser(url, lost)) !== '[{"count":0}]') await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a server of an old version is refused where what it works with is another now", async () => {
  const { url, drop } = await createDatabase();
  onTestFinished(drop);
  await (await openPostgresStore({ url, model: older, connections: 2 })).close();
  await (await openPostgresStore({ url, model: testModel({ name: int32() }), connections: 2 })).close();
  const before = await tablesOf(url);
  await expect(openPostgresStore({ url, model: older, connections: 2 })).rejects.toThrow(
    /^A newer version of secgraph has brought the tables forward, beside which this one cannot serve \(hub_items\.name is another now\)\. Start that version; or bring/,
  );
  expect(await tablesOf(url)).toEqual(before);
});
