import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import { compileQuery } from "../../src/store/compileQuery.ts";
import { createConnections, type Connections } from "../../src/store/postgres/connections.ts";
import { postgresDialect } from "../../src/store/postgres/dialect.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import { roles, type DatabaseScope } from "../../src/store/postgres/scope.ts";
import { tablesOfHubs } from "../../src/store/postgres/securityDdl.ts";
import { schemaOf } from "../../src/store/schema.ts";
import { runWith, valuesOf } from "../../src/store/sqlText.ts";
import type { Store } from "../../src/store/store.ts";
import { create, homeOf, idsOf, items, list, listPlan, model, notes, permitted, queryOf, writeSetOf } from "../store/fixture.ts";
import { asSuperuser, createDatabase, urlOf, type TestDatabase } from "./databases.ts";

const login = "secgraph_test_login";
const hubs = { t1: derivedGuid("hub", "t1"), t2: derivedGuid("hub", "t2") };
const schema = schemaOf(model);
let database: TestDatabase;
let serving: string;
let store: Store;
let connections: Connections;
let numbers: Readonly<Record<"t1" | "t2", number>>;

beforeAll(async () => {
  database = await createDatabase();
  serving = urlOf(database.url, new URL(database.url).pathname.slice(1), login);
  await asSuperuser(database.url, `DO $$ BEGIN CREATE ROLE ${login} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  store = await openPostgresStore({ url: serving, ownerUrl: database.url, model, connections: 3 });
  connections = createConnections({ url: serving, connections: 2, queryBudget: 60_000 });
  for (const tenant of ["t1", "t2"] as const) {
    const rows = [create({ id: "a", tags: ["x"], parts: [{ name: "p" }], free: tenant }), create({ id: `of ${tenant}`, tags: ["y"] })];
    const more = { grants: [{ tenant, hub: hubs[tenant], role: "home" as const }], messages: [{ kind: "k", payload: {} }] };
    const idempotency = { appId: "app", path: "/", key: "k", hash: "h", outcome: () => "" };
    await store.write(permitted(listPlan(""), homeOf(tenant)), writeSetOf(rows, { ...more, idempotency }));
    const note = [create({ id: "n" }, { place: notes, parents: ["a"] })];
    await store.write(permitted(listPlan(""), homeOf(tenant)), writeSetOf(note));
  }
  const found = await asSuperuser(database.url, `SELECT "hub", "n"::int FROM "hubs"`);
  const numberOf = (hub: string): number => Number(found.find((row) => row["hub"] === hub)!["n"]);
  numbers = { t1: numberOf(hubs.t1), t2: numberOf(hubs.t2) };
});
afterAll(async () => {
  await connections.close();
  await store.close();
  await database.drop();
});

const inHub = (tenant: "t1" | "t2"): DatabaseScope => ({ kind: "hub", n: numbers[tenant], hub: hubs[tenant], tenant });
const rowsIn = async (scope: DatabaseScope, sql: string, ...values: (string | number)[]) => (await connections.run(scope, [{ sql, values }]))[0]!.rows;

describe("row-level security holds whoever serves, whatever is asked", () => {
  test("a list whose own hub condition is taken away shows one hub in its scope, and both to the owner", async () => {
    const compiled = compileQuery(queryOf("$orderby=id"), { dialect: postgresDialect, table: schema.tableOf(items)!, scope: "hub" });
    const sql = compiled.sql.replace('t."hub" = $1', "$1::bigint IS NOT NULL");
    expect(sql).not.toBe(compiled.sql);
    const values = valuesOf(compiled, runWith({ hub: numbers.t1, limit: 10 })) as (string | number)[];
    expect((await rowsIn(inHub("t1"), sql, ...values)).map(([id]) => id)).toEqual(["a", "of t1"]);
    expect((await rowsIn(inHub("t2"), sql, ...values)).map(([id]) => id)).toEqual(["a", "of t2"]);
    const asOwner = await asSuperuser(database.url, sql.replaceAll("$1", String(numbers.t1)).replaceAll("$2", "10"));
    expect(asOwner.map(({ id }) => id)).toEqual(["a", "a", "of t1", "of t2"]);
  });

  test("every table with rows of hubs is held: each scope sees its own alone, and nothing without a scope", async () => {
    for (const table of tablesOfHubs(schema)) {
      const count = `SELECT count(*) FROM "${table}"`;
      const all = Number((await asSuperuser(database.url, count))[0]!["count"]);
      const [one, two] = [await rowsIn(inHub("t1"), count), await rowsIn(inHub("t2"), count)].map((rows) => Number(rows[0]![0]));
      expect([table, one! + two!]).toEqual([table, all]);
      expect([table, one]).toEqual([table, two]);
      expect(await rowsIn({ kind: "hub", n: 0, hub: "", tenant: "" }, count)).toEqual([[0]]);
      expect(await rowsIn({ kind: "fleet", tenant: "t3" }, count)).toEqual([[0]]);
    }
  });

  test("another hub's rows cannot be written, moved, changed or deleted", async () => {
    const other = rowsIn(inHub("t1"), `INSERT INTO "hub_items" ("hub", "id", "seq", "type", "body") VALUES ($1, 'z', 1, 't', '{}')`, numbers.t2);
    await expect(other).rejects.toMatchObject({ state: "42501" });
    await expect(rowsIn(inHub("t1"), `UPDATE "hub_items" SET "hub" = $1`, numbers.t2)).rejects.toMatchObject({ state: "42501" });
    const [changed, deleted] = await connections.run(inHub("t1"), [
      { sql: `UPDATE "hub_items" SET "natural" = NULL WHERE "hub" = $1`, values: [numbers.t2] },
      { sql: `DELETE FROM "hub_items" WHERE "hub" = $1`, values: [numbers.t2] },
    ]);
    expect([changed!.count, deleted!.count]).toEqual([0, 0]);
    await expect(rowsIn(inHub("t1"), `INSERT INTO "hub_access" VALUES ($1, 't1', 'manager')`, hubs.t2)).rejects.toMatchObject({ state: "42501" });
    expect(idsOf(await list(store, "$orderby=id", { scope: homeOf("t2") }))).toEqual(["a", "of t2"]);
  });

  test("a fleet reads its tenant's hubs, and writes nothing", async () => {
    const fleet: DatabaseScope = { kind: "fleet", tenant: "t2" };
    expect(await rowsIn(fleet, `SELECT DISTINCT "hub" FROM "hub_items"`)).toEqual([[numbers.t2]]);
    await expect(rowsIn(fleet, `DELETE FROM "hub_items"`)).rejects.toMatchObject({ state: "42501" });
  });

  test("secrets of the installation are out of reach of a hub's scope", async () => {
    await store.system.setValue("seal", "secret");
    await expect(rowsIn(inHub("t1"), `SELECT * FROM "system_values"`)).rejects.toMatchObject({ state: "42501" });
  });
});

describe("the login that serves owns nothing", () => {
  const asLogin = async (...statements: readonly string[]): Promise<unknown> => {
    const client = new Client({ connectionString: serving });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
      return "done";
    } catch (error) {
      return (error as { code?: string }).code;
    } finally {
      await client.end();
    }
  };

  test.each([
    ["turns row-level security off", `ALTER TABLE "hub_items" DISABLE ROW LEVEL SECURITY`],
    ["drops a policy", `DROP POLICY ${roles.hub} ON "hub_items"`],
    ["makes a policy", `CREATE POLICY mine ON "hub_items" USING (true)`],
    ["reads past it", "SET row_security = off", `SET ROLE ${roles.hub}`, `SELECT * FROM "hub_items"`],
    ["becomes the owner", "SET ROLE postgres"],
    ["becomes the owner of the session", "SET SESSION AUTHORIZATION postgres"],
    ["gives itself the right to bypass", `ALTER ROLE ${roles.hub} BYPASSRLS`],
    ["makes a table", "CREATE TABLE mine (n int)"],
    ["makes a function", "CREATE FUNCTION secgraph_exact(x int) RETURNS int LANGUAGE sql AS 'SELECT 1'"],
    ["drops a table", `DROP TABLE "hub_items"`],
  ])("it is refused when it %s", async (_, ...statements) => {
    expect(await asLogin(...statements)).toBe("42501");
  });

  test("neither it nor a serving role is superuser, bypasses policies or owns anything", async () => {
    const names = [login, ...Object.values(roles)].map((name) => `'${name}'`).join(", ");
    const attributes = `SELECT count(*)::int AS n FROM pg_roles WHERE rolname IN (${names}) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)`;
    const owned = `SELECT count(*)::int AS n FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE rolname IN (${names})`;
    expect(await asSuperuser(database.url, attributes)).toEqual([{ n: 0 }]);
    expect(await asSuperuser(database.url, owned)).toEqual([{ n: 0 }]);
  });
});
