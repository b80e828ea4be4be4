import { Client } from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { createModel } from "../../src/edm/createModel.ts";
import { securityGraph } from "../../src/graph/securityGraph.ts";
import { migrationPlan } from "../../src/store/postgres/migrationPlan.ts";
import { openPostgresStore, type PostgresStoreOptions } from "../../src/store/postgres/openPostgresStore.ts";
import { schemaOf } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import { create, listPlan, model, permitted, write } from "../store/fixture.ts";
import { asSuperuser, createDatabase, urlOf, type TestDatabase } from "./databases.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function empty(): Promise<TestDatabase> {
  const database = await createDatabase();
  cleanups.push(database.drop);
  return database;
}

async function open(options: Partial<PostgresStoreOptions> & { readonly url: string }): Promise<Store> {
  const store = await openPostgresStore({ model, connections: 4, ...options });
  cleanups.push(() => store.close());
  return store;
}

const day = 86_400_000;
const partitions = `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = '"changes"'::regclass ORDER BY 1`;
const boundsOf = async (url: string): Promise<string[]> => (await asSuperuser(url, partitions)).map(({ name, bound }) => `${String(name)} ${String(bound)}`);
const entriesIn = async (url: string): Promise<string[]> =>
  (await asSuperuser(url, `SELECT tableoid::regclass::text AS part, "seq"::int FROM "changes" ORDER BY "seq"`)).map(
    ({ part, seq }) => `${String(seq)} ${String(part)}`,
  );

describe("partitions of the change log", () => {
  test("are there before they are written, follow each other without a gap, and go as wholes", async () => {
    const { url } = await empty();
    const time = { now: Date.UTC(2030, 0, 1) };
    const store = await open({ url, clock: () => time.now });
    const keep = (): Promise<string> => store.system.keepChangeLog({ days: 8, most: 100 });
    expect(await keep()).toBe("kept");
    await write(store, [create({ id: "a" })]);
    time.now += 3 * day;
    await write(store, [create({ id: "b" })]);
    expect((await entriesIn(url)).map((line) => line.split(" ")[1])).toEqual(['"changes.2030-01-01"', '"changes.2030-01-01"', '"changes.2030-01-03"']);
    for (let n = 0; n < 6; n += 1) {
      expect(await keep()).toBe("kept");
      time.now += 2 * day;
    }
    expect(await keep()).toBe("kept");
    expect((await boundsOf(url)).filter((line) => line.includes("2030"))).toEqual([
      "changes.2030-01-07 FOR VALUES FROM ('2030-01-07') TO ('2030-01-09')",
      "changes.2030-01-09 FOR VALUES FROM ('2030-01-09') TO ('2030-01-11')",
      "changes.2030-01-11 FOR VALUES FROM ('2030-01-11') TO ('2030-01-13')",
      "changes.2030-01-13 FOR VALUES FROM ('2030-01-13') TO ('2030-01-15')",
      "changes.2030-01-15 FOR VALUES FROM ('2030-01-15') TO ('2030-01-17')",
      "changes.2030-01-17 FOR VALUES FROM ('2030-01-17') TO ('2030-01-19')",
      "changes.2030-01-19 FOR VALUES FROM ('2030-01-19') TO ('2030-01-21')",
    ]);
    expect(await entriesIn(url)).toEqual([]);
  });

  test("entries of times without one are written all the same, and go in portions; later ones have theirs again", async () => {
    const { url } = await empty();
    const time = { now: Date.UTC(2040, 0, 1) };
    const store = await open({ url, clock: () => time.now });
    for (const id of ["a", "b", "c"]) await write(store, [create({ id })]);
    const all = await entriesIn(url);
    expect(new Set(all.map((line) => line.slice(2)))).toEqual(new Set(['"changes.other"']));
    // Today lies in the one for all others: what comes begins tomorrow.
    expect(await store.system.keepChangeLog({ days: 4, most: 2 })).toBe("kept");
    time.now += day;
    await write(store, [create({ id: "d" })]);
    expect((await entriesIn(url)).at(-1)).toMatch(/"changes.2040-01-02"$/);
    time.now += 4 * day;
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await store.system.keepChangeLog({ days: 4, most: 2 }));
    expect([new Set(answers), answers.at(-1)]).toEqual([new Set(["more", "kept"]), "kept"]);
    expect((await entriesIn(url)).map((line) => line.split(" ")[1])).toEqual(['"changes.2040-01-02"']);
  });

  test("whoever holds one for long is waited for another time, and writes go on", async () => {
    const { url } = await empty();
    const time = { now: Date.UTC(2030, 0, 1) };
    const store = await open({ url, clock: () => time.now });
    await store.system.keepChangeLog({ days: 4, most: 10 });
    await write(store, [create({ id: "a" })]);
    const holder = new Client({ connectionString: url });
    await holder.connect();
    cleanups.push(() => holder.end());
    await holder.query(`BEGIN; SELECT count(*) FROM "changes"`);
    time.now += 9 * day;
    expect(await store.system.keepChangeLog({ days: 4, most: 10 })).toBe("busy");
    expect((await write(store, [create({ id: "b" })])).kind).toBe("written");
    await holder.query("COMMIT");
    expect(await store.system.keepChangeLog({ days: 4, most: 10 })).toBe("kept");
    expect((await entriesIn(url)).filter((line) => !line.includes("other"))).toEqual([]);
  });

  test("a login that owns nothing keeps them through one function; it reaches no partition, and the hub's role not even the function", async () => {
    const { url } = await empty();
    const login = "secgraph_test_keeper";
    await asSuperuser(url, `DO $$ BEGIN CREATE ROLE ${login} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
    const serving = urlOf(url, new URL(url).pathname.slice(1), login);
    const time = { now: Date.UTC(2030, 0, 1) };
    const store = await open({ url: serving, ownerUrl: url, clock: () => time.now });
    expect(await store.system.keepChangeLog({ days: 8, most: 10 })).toBe("kept");
    await write(store, [create({ id: "a" })]);
    const as = (role: string, sql: string): Promise<unknown> => asSuperuser(serving, "BEGIN", `SET LOCAL ROLE ${role}`, sql);
    for (const role of ["secgraph_hub", "secgraph_fleet", "secgraph_system"]) {
      await expect(as(role, `SELECT * FROM "changes.2030-01-01"`)).rejects.toThrow("permission denied");
      await expect(as(role, `SELECT * FROM "changes.other"`)).rejects.toThrow("permission denied");
      await expect(as(role, `DROP TABLE "changes.other"`)).rejects.toThrow("must be owner");
    }
    for (const role of ["secgraph_hub", "secgraph_fleet"]) {
      await expect(as(role, "SELECT secgraph_keep_changes('2030-01-01T', '2031', 1, 1)")).rejects.toThrow("permission denied");
    }
    const unheld = `SELECT count(*)::int AS n FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = '"changes"'::regclass AND NOT c.relrowsecurity`;
    expect(await asSuperuser(url, unheld)).toEqual([{ n: 0 }]);
  });
});

/** The change log as version 1 made it, in place of the divided one; with its rows, and what its servers were granted. */
const undivided = [
  `ALTER TABLE "changes" RENAME TO "divided"`,
  `CREATE TABLE "changes" ("hub" bigint NOT NULL, "seq" bigint NOT NULL, "place" text COLLATE "C" NOT NULL, "parents" text COLLATE "C" NOT NULL, "id" text COLLATE "C" NOT NULL, "verb" text COLLATE "C" NOT NULL, "changed" text COLLATE "C" NOT NULL, "at" text COLLATE "C" NOT NULL, PRIMARY KEY ("hub", "seq"))`,
  `INSERT INTO "changes" SELECT * FROM "divided"`,
  `DROP TABLE "divided"`,
  `DROP FUNCTION secgraph_keep_changes`,
  `GRANT SELECT, INSERT, UPDATE, DELETE ON "changes" TO secgraph_hub, secgraph_system`,
  `GRANT SELECT ON "changes" TO secgraph_fleet`,
  `ALTER TABLE "changes" ENABLE ROW LEVEL SECURITY`,
  `CREATE POLICY secgraph_hub ON "changes" TO secgraph_hub USING ("hub" = nullif(current_setting('secgraph.hub', true), '')::bigint)`,
  `CREATE POLICY secgraph_system ON "changes" TO secgraph_system USING (true)`,
  `UPDATE "schema_versions" SET "store" = 1`,
];

describe("a database of the version before", () => {
  test("is divided beside writers: its log becomes one partition, nothing is lost, and the plan tells it beforehand", async () => {
    const { url } = await empty();
    const old = await open({ url });
    await write(old, [create({ id: "r0" })]);
    await asSuperuser(url, ...undivided);
    const plan = await migrationPlan(url, schemaOf(model));
    expect(plan.steps).toEqual([{ does: "divides by time", name: "changes", detail: "its rows stay where they are" }]);
    const ends = new AbortController();
    let written = 1;
    const writers = Promise.all(
      [1, 2, 3].map(async (writer) => {
        for (let n = 0; !ends.signal.aborted; n += 1, written += 1) expect((await write(old, [create({ id: `w${writer} ${n}` })])).kind).toBe("written");
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const news = await open({ url });
    await new Promise((resolve) => setTimeout(resolve, 100));
    ends.abort();
    await writers;
    const [before] = (await boundsOf(url)).filter((line) => line.startsWith("changes.before"));
    expect(before).toMatch(/^changes\.before FOR VALUES FROM \(MINVALUE\) TO \('\d{4}-\d\d-\d\d'\)$/);
    const seqs = (await entriesIn(url)).map((line) => Number(line.split(" ")[0]));
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(written);
    expect((await migrationPlan(url, schemaOf(model))).steps).toEqual([]);
    const first = await news.changes(permitted({ ...listPlan(""), kind: "delta", start: { at: "rows", links: "" } } as never), 0);
    expect(first?.changes).toHaveLength(100);
    expect((await write(news, [create({ id: "last" })])).kind).toBe("written");
    const direct = asSuperuser(url, "BEGIN", "SET LOCAL ROLE secgraph_system", `SELECT * FROM "changes.before"`);
    await expect(direct).rejects.toThrow("permission denied");
  });

  test("a migration that was stopped half-way is done again from there", async () => {
    const { url } = await empty();
    const old = await open({ url });
    await write(old, [create({ id: "a" })]);
    await asSuperuser(url, ...undivided, `ALTER TABLE "changes" ADD CONSTRAINT "changes.upto" CHECK ("at" < '2027-01-01') NOT VALID`);
    const store = await open({ url });
    await write(store, [create({ id: "b" })]);
    expect((await boundsOf(url)).some((line) => line.startsWith("changes.before"))).toBe(true);
  });
});

test("every unique key of what hubs hold begins with the hub, so that the tables can be distributed by it", async () => {
  const { url } = await empty();
  await open({ url, model: createModel(securityGraph) });
  const keys = await asSuperuser(
    url,
    `SELECT c.relname AS "table", i.relname AS "index", pg_get_indexdef(x.indexrelid, 1, true) AS first
     FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid JOIN pg_class AS i ON i.oid = x.indexrelid
     WHERE x.indisunique AND c.relnamespace = current_schema()::regnamespace ORDER BY 1, 2`,
  );
  const others = keys.filter(({ first }) => first !== "hub").map(({ table, index, first }) => `${String(table)} (${String(first)}): ${String(index)}`);
  // Directories of hubs and of the installation, which every node would have a copy of.
  expect(others).toEqual([
    "hub_access (tenant): hub_access.home",
    "hubs (n): hubs.n",
    "rates (tenant): rates_pkey",
    "records (kind): records.alias",
    "records (kind): records_pkey",
    "schema_versions (number): schema_versions_pkey",
    "system_values (name): system_values_pkey",
  ]);
  expect(keys.length).toBeGreaterThan(40);
  const unkeyed = await asSuperuser(
    url,
    `SELECT relname FROM pg_class AS c WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)`,
  );
  expect(unkeyed).toEqual([]);
});
