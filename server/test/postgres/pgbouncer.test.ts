import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import type { Store } from "../../src/store/store.ts";
import { create, entityOfPlace, getPlan, homeOf, idsOf, list, listPlan, model, permitted, writeSetOf } from "../store/fixture.ts";
import { createDatabase, type TestDatabase } from "./databases.ts";
import { freePort, unprivileged } from "./startPostgres.ts";

const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
const program = process.env["SECGRAPH_TEST_PGBOUNCER"] ?? folders.map((folder) => join(folder, "pgbouncer")).find((path) => existsSync(path));

const tenants = ["t1", "t2", "t3"] as const;
const connectionsBehind = 2;

describe.skipIf(program === undefined)(
  `behind pgbouncer in transaction mode${program === undefined ? " (not run: this machine has no pgbouncer)" : ""}`,
  () => {
    let database: TestDatabase;
    let folder: string;
    let pooler: ChildProcess;
    let store: Store;

    beforeAll(async () => {
      database = await createDatabase();
      folder = mkdtempSync(join(tmpdir(), "secgraph-pgbouncer-"));
      const port = await freePort();
      pooler = await startPooler(folder, port);
      const url = new URL(database.url);
      url.port = String(port);
      store = await openPostgresStore({ url: url.href, ownerUrl: database.url, model, connections: 8 });
      for (const tenant of tenants) {
        const grants = [{ tenant, hub: derivedGuid("hub", tenant), role: "home" as const }];
        await store.write(permitted(listPlan(""), homeOf(tenant)), writeSetOf([create({ id: `first of ${tenant}`, tags: ["x"] })], { grants }));
      }
    });
    afterAll(async () => {
      await store.close();
      pooler.kill("SIGTERM");
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    });

    const of = (tenant: string) => ({ scope: homeOf(tenant) });

    test("many at once over fewer connections: each hub sees its own rows alone, and every write stands once", async () => {
      const work = tenants.flatMap((tenant) =>
        Array.from({ length: 15 }, async (_, n) => {
          const answer = await store.write(permitted(listPlan(""), homeOf(tenant)), writeSetOf([create({ id: `${tenant} ${n}`, name: tenant })]));
          expect(answer.kind).toBe("written");
          expect((await list(store, `$filter=name ne '${tenant}' and name ne null`, of(tenant))).rows).toEqual([]);
          expect((await store.get(permitted(getPlan(entityOfPlace(`${tenant} ${n}`)), homeOf(tenant))))?.id).toBe(`${tenant} ${n}`);
          expect(await store.get(permitted(getPlan(entityOfPlace("first of t1")), homeOf("t2")))).toBeUndefined();
        }),
      );
      await Promise.all(work);
      for (const tenant of tenants) expect((await list(store, "$count=true&$top=1", of(tenant))).count).toBe(16);
    });

    test("a unit of work, and one that is given up", async () => {
      const writing = (id: string, fail: boolean) =>
        store.together(async (unit) => {
          await unit.write(permitted(listPlan(""), homeOf("t1")), writeSetOf([create({ id, tags: ["unit"] })]));
          expect(idsOf(await unit.list(permitted(listPlan("$filter=tags/any(t:t eq 'unit')"), homeOf("t1"))))).toContain(id);
          if (fail) throw new RangeError("given up");
        });
      await writing("u1", false);
      await expect(writing("u2", true)).rejects.toThrow(RangeError);
      expect(idsOf(await list(store, "$filter=tags/any(t:t eq 'unit')", of("t1")))).toEqual(["u1"]);
    });

    test("nothing of a scope is left on the connections behind", async () => {
      const client = new Client({ connectionString: database.url.replace(/:\d+\//, `:${(await settled()).port}/`) });
      await client.connect();
      try {
        for (let n = 0; n < 2 * connectionsBehind; n += 1) {
          const { rows } = await client.query(
            "SELECT current_user AS login, coalesce(current_setting('secgraph.hub', true), '') AS hub, current_setting('statement_timeout') AS budget",
          );
          expect(rows).toEqual([{ login: "postgres", hub: "", budget: "0" }]);
        }
      } finally {
        await client.end();
      }
    });

    const settled = async (): Promise<{ port: number }> => ({ port: Number(/^listen_port = (\d+)$/m.exec(readFileSync(join(folder, "ini"), "utf8"))![1]) });
  },
);

async function startPooler(folder: string, port: number): Promise<ChildProcess> {
  const server = new URL(inject("postgres"));
  const version = /PgBouncer (\d+)\.(\d+)/.exec(spawnSync(program!, ["--version"], { encoding: "utf8" }).stdout) ?? [];
  const knowsStatements = Number(version[1]) > 1 || Number(version[2]) >= 21;
  writeFileSync(join(folder, "users"), `"postgres" ""\n`);
  const lines = [
    "[databases]",
    `* = host=127.0.0.1 port=${server.port}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = trust",
    `auth_file = ${join(folder, "users")}`,
    "pool_mode = transaction",
    `default_pool_size = ${connectionsBehind}`,
    `logfile = ${join(folder, "log")}`,
    ...(knowsStatements ? ["max_prepared_statements = 200"] : []),
  ];
  writeFileSync(join(folder, "ini"), `${lines.join("\n")}\n`);
  const user = unprivileged();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const child = spawn(program!, [join(folder, "ini")], { ...user, stdio: "ignore" });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const client = new Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    client.on("error", () => undefined);
    const up = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (up) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`pgbouncer did not start: ${readFileSync(join(folder, "log"), "utf8")}`);
}
