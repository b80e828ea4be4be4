import { expect, onTestFinished, test } from "vitest";
import { int32, strings } from "../../src/edm/define.ts";
import type { Model } from "../../src/edm/model.ts";
import { startUpkeep } from "../../src/outbox/upkeep.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import type { Store } from "../../src/store/store.ts";
import { collectionOfPlace, create, permitted, queryOf, testModel, write } from "../store/fixture.ts";
import { asSuperuser, createDatabase } from "./databases.ts";

const older = testModel();
const newer = testModel({ level: int32({ indexed: true }), marks: strings({ indexed: true }) });

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
  await asSuperuser(url, `UPDATE "leased_work" SET "ready" = "ready" - 600000 WHERE "kind" = 'bring rows'`);
  await fresh[2]!.leases.put([]);
  const isDone = async (): Promise<boolean> => {
    const { waiting, held } = (await fresh[0]!.leases.figures()).get("bring rows")!;
    return waiting === 1 && held === 0;
  };
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20));
  expect([await find(fresh[0]!, newer, "level eq 1"), await find(fresh[0]!, newer, "marks/any(m:m eq 'm1')")]).toEqual([["i1"], ["i1"]]);

  const [versions] = await asSuperuser(url, `SELECT count(*)::int AS count FROM "schema_versions"`);
  expect(versions).toEqual({ count: 2 });
});
