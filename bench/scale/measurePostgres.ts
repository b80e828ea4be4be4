import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { openPostgresStore } from "../../server/src/store/postgres/openPostgresStore.ts";
import { startPostgres } from "../../server/test/postgres/startPostgres.ts";
import { entity } from "../entity.ts";
import { serviceOver, type OpenService } from "../openService.ts";
import { copyStatements } from "./copies.ts";
import type { Cost, EngineFigures, SizeFigures, Sizes, WriteFigures } from "./figures.ts";
import { ask, costOf, deltaTargets, posts, rounds, targetsOf, type DatabaseCpu, type Filled } from "./work.ts";

type Note = (text: string) => void;

/** Measures at each number of hubs; writes at the last. */
export async function measurePostgres(steps: readonly number[], note: Note): Promise<EngineFigures> {
  const server = await startPostgres({ durable: true, settings: { shared_buffers: "1GB", max_wal_size: "8GB", maintenance_work_mem: "256MB" } });
  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  const cpu = cpuOf(server.pid());
  const sizes: SizeFigures[] = [];
  let write: WriteFigures | undefined;
  try {
    for (const hubs of steps) {
      await admin.query(`CREATE DATABASE "hubs_${hubs}"`);
      const url = server.url.replace(/[^/]*$/, `hubs_${hubs}`);
      const client = new Client({ connectionString: url });
      await client.connect();
      const filled = await fill(url, client, hubs);
      const { bytes, perRow } = await sizesOf(client, hubs * 100);
      note(`PostgreSQL, ${hubs} hubs: filled, ${(bytes / 1e6).toFixed(0)} MB`);
      const open = await serviceOver((model) => openPostgresStore({ url, model, connections: 16 }));
      const targets = targetsOf(filled);
      await sleep(untilTold);
      const measured = (all: readonly string[], count: number): Promise<Cost> => watched(client, count * rounds, () => costOf(open, all, { cpu, count }));
      const get = await measured(targets.get, 600);
      const list = await measured(targets.list, 150);
      const delta = await measured(await deltaTargets(open, filled), 100);
      sizes.push({ hubs, rows: hubs * 100, bytes, perRow, get, list, delta });
      note(JSON.stringify({ get, list, delta }));
      if (hubs === steps.at(-1)) write = await writing(open, client, { targets: targets.post, cpu });
      await open.store.close();
      await client.end();
    }
  } finally {
    await admin.end();
    await server.stop();
  }
  return { version: `PostgreSQL ${server.version}`, sizes, write: write! };
}

async function fill(url: string, client: Client, hubs: number): Promise<Filled> {
  const open = await serviceOver((model) => openPostgresStore({ url, model, connections: 4 }));
  for (let n = 0; n < 100; n += 1) await ask(open, "POST", "/v1.0/security/secureScores", 201, entity(n));
  await open.store.close();
  const { rows: access } = await client.query<{ tenant: string }>(`SELECT "tenant" FROM "hub_access"`);
  const copying = {
    guid: (text: string) => `md5(${text})::uuid::text`,
    numbers: "generate_series(2, $1::bigint) AS k (k)",
    tenant: access[0]!.tenant,
  };
  await client.query("SET synchronous_commit = off");
  for (const sql of copyStatements(copying)) await client.query(sql, [hubs]);
  await client.query(`SELECT setval(pg_get_serial_sequence('hubs', 'n'), ${hubs})`);
  await client.query(`SELECT setval(pg_get_serial_sequence('"security_secureScores"', 'n'), (SELECT max("n") FROM "security_secureScores"))`);
  await client.query("VACUUM ANALYZE");
  await client.query("CHECKPOINT");
  const found = await client.query<{ hub: string }>(`SELECT "hub" FROM "hubs" ORDER BY "n"`);
  const some = await client.query<{ hub: string; id: string }>(
    `SELECT h."hub", s."id" FROM "security_secureScores" AS s JOIN "hubs" AS h ON h."n" = s."hub" WHERE (s."n" + s."hub") % ${Math.max(1, Math.floor(hubs / 50))} = 0 LIMIT 5000`,
  );
  return { hubs: found.rows.map(({ hub }) => hub), rows: some.rows.map(({ hub, id }) => [hub, id] as const) };
}

/** Milliseconds after which an idle backend has told what it did. */
const untilTold = 11_000;

/** What plans did meanwhile to the tables of scores, per request. */
async function watched(client: Client, requests: number, work: () => Promise<Cost>): Promise<Cost> {
  const asked = `SELECT sum("seq_scan") AS scans, sum("idx_tup_fetch") + sum("seq_tup_read") AS fetched FROM "pg_stat_user_tables" WHERE "relname" LIKE 'security_secureScores%'`;
  const look = async () => (await client.query<{ scans: string; fetched: string }>(asked)).rows[0]!;
  const before = await look();
  const cost = await work();
  await sleep(untilTold);
  const after = await look();
  const per = (name: "scans" | "fetched"): number => (Number(after[name]) - Number(before[name])) / requests;
  return { ...cost, fetched: per("fetched"), scans: per("scans") };
}

/** Bytes by table and index, per row of scores; partitions of the change log together. */
async function sizesOf(client: Client, rows: number): Promise<{ readonly bytes: number; readonly perRow: Sizes }> {
  const { rows: found } = await client.query<{ name: string; bytes: string }>(
    `SELECT regexp_replace(c.relname, '^changes[.][^_]*', 'changes') AS name, sum(pg_relation_size(c.oid) + CASE WHEN c.reltoastrelid <> 0 THEN pg_total_relation_size(c.reltoastrelid) ELSE 0 END) AS bytes
     FROM pg_class AS c WHERE c.relkind IN ('r', 'i') AND c.relnamespace = current_schema()::regnamespace GROUP BY 1 HAVING sum(pg_relation_size(c.oid)) > 5 * $1 ORDER BY 2 DESC`,
    [rows],
  );
  const all = await client.query<{ bytes: string }>("SELECT pg_database_size(current_database()) AS bytes");
  return { bytes: Number(all.rows[0]!.bytes), perRow: Object.fromEntries(found.map(({ name, bytes }) => [name, Math.round(Number(bytes) / rows)])) };
}

interface Writing {
  readonly targets: readonly string[];
  readonly cpu: DatabaseCpu;
}

async function writing(open: OpenService, client: Client, { targets, cpu }: Writing): Promise<WriteFigures> {
  const position = async (): Promise<number> => Number((await client.query("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS at")).rows[0].at);
  await posts(open, targets, { cpu, count: 2000, at: 16 });
  const before = await position();
  const many = await posts(open, targets, { cpu, count: 4000, at: 16 });
  const log = ((await position()) - before) / 4000;
  const one = await posts(open, targets.slice(0, 1), { cpu, count: 1000, at: 16 });
  const alone = await posts(open, targets, { cpu, count: 300, at: 1 });
  return { perSecond: many.perSecond, perSecondOneHub: one.perSecond, server: many.server, database: many.database, log, p50: alone.p50 };
}

/** CPU of a server's processes, from /proc: those that are there and those that have ended. */
function cpuOf(pid: number): DatabaseCpu {
  const statOf = (one: string | number): string[] => readFileSync(`/proc/${one}/stat`, "utf8").split(") ")[1]!.split(" ");
  const ticks = (stat: readonly string[], ...at: readonly number[]): number => at.reduce((sum, index) => sum + Number(stat[index]), 0);
  return () => {
    let sum = ticks(statOf(pid), 11, 12, 13, 14);
    for (const one of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = statOf(one);
        if (Number(stat[1]) === pid) sum += ticks(stat, 11, 12);
      } catch {
        // Gone meanwhile: its parent counts it.
      }
    }
    return sum * 10_000;
  };
}
