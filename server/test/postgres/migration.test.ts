import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { openPostgresStore, type PostgresStoreOptions } from "../../src/store/postgres/openPostgresStore.ts";
import type { Store } from "../../src/store/store.ts";
import { string } from "../store/edmNames.ts";
import { collectionOfPlace, create, entityOfPlace, getPlan, idsOf, listPlan, model, permitted, queryOf, testModel, write } from "../store/fixture.ts";
import { asSuperuser, createDatabase, urlOf, type TestDatabase } from "./databases.ts";
import { findAllPostgres } from "./findPostgres.ts";
import { startPostgres } from "./startPostgres.ts";

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
  const store = await openPostgresStore({ model, connections: 2, ...options });
  cleanups.push(() => store.close());
  return store;
}

const nameOf = ({ url }: TestDatabase): string => new URL(url).pathname.slice(1);

/** A login of a test's own, with what is said of it. */
async function loginFor(database: TestDatabase, attributes: string): Promise<string> {
  const name = `login_${randomBytes(6).toString("hex")}`;
  await asSuperuser(database.url, `CREATE ROLE ${name} LOGIN ${attributes}`);
  cleanups.push(() => asSuperuser(database.url, `DROP OWNED BY ${name} CASCADE`, `DROP ROLE ${name}`));
  return name;
}

describe("a migration", () => {
  test("runs once, however many servers start on an empty database at the same time", async () => {
    const { url } = await empty();
    await Promise.all(Array.from({ length: 4 }, () => open({ url })));
    expect(await asSuperuser(url, `SELECT "number"::int FROM "schema_versions"`)).toEqual([{ number: 1 }]);
  });

  test("deepens the statistics of what members of collections are found by, so that rare values are known as such; an older database gets them too", async () => {
    const { url } = await empty();
    const before = await open({ url });
    const asked = `SELECT attname FROM pg_attribute WHERE attrelid = '"hub_items.parts"'::regclass AND attstattarget = 1000 ORDER BY attname`;
    const indexed = ["maker_provider", "maker_vendor", "name"].map((attname) => ({ attname }));
    expect(await asSuperuser(url, asked)).toEqual(indexed);
    await before.close();
    const backwards = [
      ...indexed.map(({ attname }) => `ALTER TABLE "hub_items.parts" ALTER COLUMN "${attname}" SET STATISTICS -1`),
      `UPDATE "schema_versions" SET "store" = 2`,
    ];
    expect(await asSuperuser(url, ...backwards, asked)).toEqual([]);
    await open({ url });
    expect(await asSuperuser(url, asked)).toEqual(indexed);
  });

  test("fills a property that the model has gained from the bodies, so that it is filtered, sorted and shown", async () => {
    const { url } = await empty();
    const before = await open({ url });
    await write(before, [create({ id: "a", late: "y", tags: ["t"] }), create({ id: "b", late: "x" }), create({ id: "c" })]);
    const rewritten: string[] = [];
    const extended = testModel({ late: string({ indexed: true }), gained: string() });
    const after = await open({ url, model: extended, migration: { rewritten: (place, done, all) => void rewritten.push(`${place} ${done}/${all}`) } });
    expect(rewritten).toContain("hub/items 3/3");
    const place = extended.place("hub/items");
    const query = queryOf("$filter=late ne null&$orderby=late", place, extended);
    const page = await after.list(permitted({ kind: "list", target: collectionOfPlace(place), query }));
    expect(idsOf(page)).toEqual(["b", "a"]);
    expect(JSON.parse(page.rows[0]!.body)).toMatchObject({ late: "x", gained: null });
    expect(await asSuperuser(url, `SELECT count(*)::int AS n FROM "hub_items.tags"`)).toEqual([{ n: 1 }]);
    expect(await asSuperuser(url, `SELECT "number"::int FROM "schema_versions" ORDER BY 1`)).toEqual([{ number: 1 }, { number: 2 }]);
  });

  test("leaves a server of the model before working beside it", async () => {
    const { url } = await empty();
    const old = await open({ url });
    await write(old, [create({ id: "a" })]);
    await open({ url, model: testModel({ late: string({ indexed: true }) }) });
    expect((await write(old, [create({ id: "b", name: "n" })])).kind).toBe("written");
    expect((await old.list(permitted(listPlan("$orderby=id")))).rows.map(({ id }) => id)).toEqual(["a", "b"]);
    expect((await old.get(permitted(getPlan(entityOfPlace("a")))))?.id).toBe("a");
  });
});

const failing = async (options: Partial<PostgresStoreOptions> & { readonly url: string }): Promise<string> => {
  const error: unknown = await open(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).message).not.toContain("\n");
  return (error as Error).message;
};

describe("a database that cannot serve is refused with one line, untouched", () => {
  test("one that a newer program has written", async () => {
    const { url } = await empty();
    await open({ url });
    await asSuperuser(url, `UPDATE "schema_versions" SET "store" = 1000`);
    expect(await failing({ url })).toMatch(/newer version of secgraph.*1000/);
    expect(await asSuperuser(url, `SELECT "store"::int FROM "schema_versions"`)).toEqual([{ store: 1000 }]);
  });

  test("one that is not there, and a server that is not", async () => {
    const { url } = await empty();
    expect(await failing({ url: urlOf(url, "nothing_here") })).toMatch(/^There is no database 'nothing_here' on /);
    expect(await failing({ url: "postgres://me:hidden@127.0.0.1:1/db" })).toBe("Nothing listens at 127.0.0.1:1: is PostgreSQL running there?");
  });

  test("one of another encoding", async () => {
    const database = await empty();
    const name = `${nameOf(database)}_ascii`;
    await asSuperuser(database.url, `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'SQL_ASCII'`);
    cleanups.push(() => asSuperuser(database.url, `DROP DATABASE "${name}"`));
    expect(await failing({ url: urlOf(database.url, name) })).toMatch(/encoding is SQL_ASCII.*UTF8/);
  });

  test("one in which the login may make no tables", async () => {
    const database = await empty();
    const login = await loginFor(database, "");
    expect(await failing({ url: urlOf(database.url, nameOf(database), login) })).toMatch(/may not make tables.*secgraph migrate/);
    expect(await asSuperuser(database.url, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'")).toEqual([{ n: 0 }]);
  });
});

test("an owner who is no superuser makes the roles, migrates and serves, on every version that this machine has", { timeout: 180_000 }, async () => {
  for (const postgres of findAllPostgres()) {
    const server = await startPostgres({ postgres });
    try {
      await asSuperuser(server.url, "CREATE ROLE owner LOGIN CREATEROLE", "CREATE DATABASE hub OWNER owner TEMPLATE template0", "CREATE ROLE app LOGIN");
      const ownerUrl = urlOf(server.url, "hub", "owner");
      const one = await openPostgresStore({ url: ownerUrl, model });
      expect((await write(one, [create({ id: "a", tags: ["x"] })])).kind).toBe("written");
      await one.close();
      expect(await failing({ url: urlOf(server.url, "hub", "app") })).toMatch(/permission denied|may not/);
      await expect(
        openPostgresStore({ url: urlOf(server.url, "hub", "app"), ownerUrl, model: testModel({ late: string() }) }).then((store) => store.close()),
      ).resolves.toBeUndefined();
      const two = await openPostgresStore({ url: urlOf(server.url, "hub", "app"), model: testModel({ late: string() }) });
      expect(idsOf(await two.list(permitted(listPlan("$filter=tags/any(t:t eq 'x')"))))).toEqual(["a"]);
      await two.close();
      const unheld = `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity ORDER BY 1`;
      expect((await asSuperuser(ownerUrl, unheld)).map(({ relname }) => relname)).toEqual(["rates", "records", "schema_versions", "system_values"]);
    } finally {
      await server.stop();
    }
  }
});
