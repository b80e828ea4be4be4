import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { entity } from "../entity.ts";
import { openService, type OpenService } from "../openService.ts";
import { copyStatements } from "./copies.ts";
import type { EngineFigures, SizeFigures, Sizes, WriteFigures } from "./figures.ts";
import { ask, costOf, deltaTargets, posts, targetsOf, type Filled } from "./work.ts";

type Note = (text: string) => void;

/** The database is in the server's process: all is its. */
const cpu = (): number => 0;

/** Measures at each number of hubs, nothing kept in memory between requests; writes at the last. */
export async function measureSqlite(steps: readonly number[], note: Note): Promise<EngineFigures> {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-scale-"));
  const sizes: SizeFigures[] = [];
  let write: WriteFigures | undefined;
  try {
    for (const hubs of steps) {
      const file = join(folder, `${hubs}.sqlite`);
      const filled = await fill(file, hubs);
      const perRow = sizesOf(file, hubs * 100);
      const bytes = statSync(file).size;
      note(`SQLite, ${hubs} hubs: filled, ${(bytes / 1e6).toFixed(0)} MB`);
      const open = await openService(file, 0);
      const targets = targetsOf(filled);
      const get = await costOf(open, targets.get, { cpu, count: 1000 });
      const list = await costOf(open, targets.list, { cpu, count: 150 });
      const delta = await costOf(open, await deltaTargets(open, filled), { cpu, count: 100 });
      sizes.push({ hubs, rows: hubs * 100, bytes, perRow, get, list, delta });
      note(JSON.stringify({ get, list, delta }));
      if (hubs === steps.at(-1)) write = await writing(open, targets.post);
      await open.store.close();
      for (const ending of ["", "-wal", "-shm"]) rmSync(file + ending, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { version: `SQLite ${process.versions.sqlite ?? ""}`, sizes, write: write! };
}

function guidOf(text: unknown): string {
  const hex = createHash("md5").update(String(text)).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function fill(file: string, hubs: number): Promise<Filled> {
  const open = await openService(file);
  for (let n = 0; n < 100; n += 1) await ask(open, "POST", "/v1.0/security/secureScores", 201, entity(n));
  await open.store.close();
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA temp_store = MEMORY");
  database.function("guid", { deterministic: true }, guidOf);
  const { tenant } = database.prepare(`SELECT "tenant" FROM "hub_access"`).get() as { readonly tenant: string };
  const numbers = `(WITH RECURSIVE c (k) AS (SELECT 2 UNION ALL SELECT k + 1 FROM c WHERE k < ?1) SELECT k FROM c) AS k`;
  database.exec("BEGIN");
  for (const sql of copyStatements({ guid: (text) => `guid(${text})`, numbers, tenant })) database.prepare(sql).run(hubs);
  database.exec("COMMIT; ANALYZE; PRAGMA journal_mode = WAL");
  const found = database.prepare(`SELECT "hub" FROM "hubs" ORDER BY "n"`).all() as { readonly hub: string }[];
  const some = database
    .prepare(`SELECT h."hub", s."id" FROM "security_secureScores" AS s JOIN "hubs" AS h ON h."n" = s."hub" WHERE (s."n" + s."hub") % ? = 0 LIMIT 5000`)
    .all(Math.max(1, Math.floor(hubs / 50))) as { readonly hub: string; readonly id: string }[];
  database.close();
  return { hubs: found.map(({ hub }) => hub), rows: some.map(({ hub, id }) => [hub, id] as const) };
}

function sizesOf(file: string, rows: number): Sizes {
  const database = new DatabaseSync(file, { readOnly: true });
  const found = database.prepare(`SELECT "name", sum("pgsize") AS "bytes" FROM "dbstat" GROUP BY 1 HAVING "bytes" > 5 * ? ORDER BY 2 DESC`).all(rows);
  database.close();
  return Object.fromEntries(found.map(({ name, bytes }) => [String(name), Math.round(Number(bytes) / rows)]));
}

async function writing(open: OpenService, targets: readonly string[]): Promise<WriteFigures> {
  await posts(open, targets, { cpu, count: 1000, at: 16 });
  const before = written();
  const many = await posts(open, targets, { cpu, count: 3000, at: 16 });
  const log = (written() - before) / 3000;
  const one = await posts(open, targets.slice(0, 1), { cpu, count: 2000, at: 16 });
  const alone = await posts(open, targets, { cpu, count: 300, at: 1 });
  return { perSecond: many.perSecond, perSecondOneHub: one.perSecond, server: many.server, database: 0, log, p50: alone.p50 };
}

/** Bytes that this process has written so far: into the log, and from there into the file. */
function written(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))![1]);
}
