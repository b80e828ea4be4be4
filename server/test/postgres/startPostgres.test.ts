import { Client } from "pg";
import { inject, test, expect } from "vitest";
import { asSuperuser, createDatabase } from "./databases.ts";
import { findAllPostgres, findPostgres } from "./findPostgres.ts";
import { startPostgres } from "./startPostgres.ts";

test("the tests' server is one of the supported versions and stores text as the product needs it", async () => {
  const [row] = await asSuperuser(
    inject("postgres"),
    "SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('server_encoding') AS encoding",
  );
  expect(row).toEqual({ version: expect.toSatisfy((version: number) => version >= 15 && version <= 18) as number, encoding: "UTF8" });
});

test("each database is a test's own, and gone when it is dropped", async () => {
  const database = await createDatabase();
  await asSuperuser(database.url, "CREATE TABLE one (n int)", "INSERT INTO one VALUES (1)");
  expect(await asSuperuser(database.url, "SELECT n FROM one")).toEqual([{ n: 1 }]);
  await database.drop();
  await expect(asSuperuser(database.url, "SELECT 1")).rejects.toThrow(/does not exist/);
});

test("a server of its own keeps what was committed over a crash, and every version that this machine has starts", { timeout: 180_000 }, async () => {
  expect(findAllPostgres().map(({ version }) => version)).toContain(findPostgres().version);
  for (const postgres of findAllPostgres()) {
    const server = await startPostgres({ durable: true, postgres });
    try {
      await asSuperuser(server.url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)");
      await server.halt("SIGKILL");
      await expect(new Client({ connectionString: server.url }).connect()).rejects.toThrow(/ECONNREFUSED/);
      await server.resume();
      expect(await asSuperuser(server.url, "SELECT n FROM kept")).toEqual([{ n: 7 }]);
    } finally {
      await server.stop();
    }
  }
});
