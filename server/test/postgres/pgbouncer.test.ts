import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { derivedGuid } from "../../src/base/ids.ts";
import { openPostgresStore } from "../../src/store/postgres/openPostgresStore.ts";
import type { Store } from "../../src/store/store.ts";
import { create, entityOfPlace, getPlan, homeOf, idsOf, list, listPlan, model, permitted, writeSetOf } from "../store/fixture.ts";
import { exchange, type Peer } from "../process/exchange.ts";
import { program, runToEnd, startServer } from "../process/server.ts";
import { vendor } from "../wire/hub.ts";
import { createDatabase, type TestDatabase } from "./databases.ts";
import { connectionsBehind, pgbouncer, startPooler } from "./startPooler.ts";
import { freePort } from "../process/freePort.ts";

const tenants = ["t1", "t2", "t3"] as const;

describe.skipIf(pgbouncer === undefined)(
  `behind pgbouncer in transaction mode${pgbouncer === undefined ? " (not run: this machine has no pgbouncer)" : ""}`,
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

    test("the program behind it: migrate, serve, what manages applications, copy and backup", { timeout: 240_000 }, async () => {
      const own = await createDatabase();
      onTestFinished(own.drop);
      const work = mkdtempSync(join(tmpdir(), "secgraph-pooled-"));
      onTestFinished(() => rmSync(work, { recursive: true, force: true }));
      const url = own.url.replace(/:\d+\//, `:${(await settled()).port}/`);
      const env = { DATABASE_URL: url, SECGRAPH_DATA: join(work, "data") };
      const run = async (...command: readonly string[]): Promise<readonly [number | null, string]> => {
        const { code, stdout, stderr } = await runToEnd({ command: [...program, ...command], env }, 120_000);
        return [code, code === 0 ? stdout : `${stdout}${stderr}`];
      };
      expect(await run("migrate")).toEqual([0, expect.stringMatching(/Done\.\n$/)]);
      expect(await run("migrate", "--dry-run")).toEqual([0, expect.stringMatching(/nothing is to be done/)]);
      const server = await startServer({
        command: [...program, "emulator"],
        data: env.SECGRAPH_DATA,
        env: { DATABASE_URL: url, SECGRAPH_AUTH: "none", SECGRAPH_TLS_PORT: "off" },
      });
      onTestFinished(async () => void (await server.kill()));
      const peer: Peer = { port: server.port, agent: new Agent({ keepAlive: true, maxSockets: 16 }) };
      const path = "/v1.0/security/secureScores";
      const post = (n: number) => exchange(peer, { method: "POST", path, headers: { "Content-Type": "application/json", "Idempotency-Key": `${n >> 1}` }, body: JSON.stringify({ maxScore: n >> 1, vendorInformation: vendor }) }); // prettier-ignore
      const answers = await Promise.all(Array.from({ length: 80 }, (_, n) => post(n)));
      expect(new Set(answers.map((answer) => answer?.status))).toSatisfy(
        (seen: Set<number>) => seen.has(201) && [...seen].every((status) => status === 201 || status === 409),
      );
      expect((await exchange(peer, { method: "GET", path: `${path}/$count` }))?.text).toBe("40");
      expect((await exchange(peer, { method: "GET", path: `${path}?$filter=maxScore%20ge%2030&$top=2&$orderby=maxScore` }))?.status).toBe(200);
      peer.agent.destroy();
      expect(await run("app", "add", "--name", "x", "--tenant", "t", "--roles", "")).toEqual([0, expect.stringMatching(/Client secret/)]);
      expect(await run("backup", "--to", join(work, "backup.tar.gz"))).toEqual([0, expect.anything()]);
      expect(await run("copy", "--from", url, "--to", `sqlite:${join(work, "copied")}`)).toEqual([
        0,
        expect.stringMatching(/counted and compared, the same on both sides\.\n$/),
      ]);
      expect(await run("doctor", "--mode", "development")).toEqual([0, expect.stringMatching(/ok +walls/)]);
      server.signal("SIGTERM");
      expect((await server.ended).code).toBe(0);
    });

    const settled = async (): Promise<{ port: number }> => ({ port: Number(/^listen_port = (\d+)$/m.exec(readFileSync(join(folder, "ini"), "utf8"))![1]) });
  },
);
