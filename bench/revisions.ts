/**
 * Two checkouts against each other: `node run.mjs bench/revisions.ts OTHER [--rows 1e4] [--only POST] [--rounds 25] [--postgres]`. OTHER is the folder of
 * another checkout with its packages in place, `git worktree add --detach ../other v1 && npm ci` say. Each serves what it built itself, and both take turns;
 * CPU of the server process per request, this one's as a part of the other's.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { startPostgres, type PostgresServer } from "../server/test/postgres/startPostgres.ts";
import { startChild, type Child } from "./child.ts";
import { loaded, quantile, type Variant } from "./measure.ts";
import { shapes, type Shape, type Target } from "./shapes.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "1e4" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "25" },
    postgres: { type: "boolean", default: false },
  },
});
const [other] = positionals;
if (other === undefined) throw new Error("Which other checkout? node run.mjs bench/revisions.ts OTHER");
const trees = [resolve(other), join(import.meta.dirname, "..")];
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);
const connections = 16;
/** Rounds that only warm: the compiler needs some ten thousand requests until it has settled. */
const warm = 15;

interface Served extends Target {
  readonly child: Child;
}

/** Lets a checkout build its own data: the tables of two revisions may differ. */
function build(tree: string, script: "buildData" | "buildPostgres", where: string): void {
  const module = pathToFileURL(join(tree, "bench", `${script}.ts`)).href;
  const code = `const { ${script} } = await import(${JSON.stringify(module)}); await ${script}(${JSON.stringify(where)}, ${rows});`;
  execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", code], { stdio: "inherit" });
}

async function serveFile(tree: string, file: string): Promise<Served> {
  build(tree, "buildData", file);
  const database = new DatabaseSync(file);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const found = database.prepare(`SELECT "id" FROM "security_secureScores" LIMIT 500`).all() as { id: string }[];
  database.close();
  const child = await startChild(join(tree, "bench", "server.ts"), [file]);
  return { child, port: child.port, token: child.token, rows, ids: found.map(({ id }) => id) };
}

async function serveDatabase(tree: string, { url }: PostgresServer): Promise<Served> {
  build(tree, "buildPostgres", url);
  const client = new Client({ connectionString: url });
  await client.connect();
  const found = (await client.query<{ id: string }>(`SELECT "id" FROM "security_secureScores" LIMIT 500`)).rows;
  await client.end();
  const child = await startChild(join(tree, "bench", "postgresServer.ts"), [url]);
  return { child, port: child.port, token: child.token, rows, ids: found.map(({ id }) => id) };
}

async function compare(shape: Shape, served: readonly Served[]): Promise<void> {
  const variants: Variant[] = [];
  for (const one of served) variants.push({ child: one.child, prepared: await shape.prepare(one) });
  const count = Math.ceil(shape.count / 4);
  const cpu: number[][] = variants.map(() => []);
  for (let round = -warm; round < rounds; round += 1) {
    // The one that begins is another each time.
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const took = await loaded(variants[index]!, { count, connections });
      if (round >= 0) cpu[index]!.push(took.cpu / count);
    }
  }
  const parts = cpu[1]!.map((value, round) => value / cpu[0]![round]!);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((place) => quantile(parts, place).toFixed(2));
  const [theirs, ours] = cpu.map((all) => `${quantile(all, 0.5).toFixed(1)} us (least ${Math.min(...all).toFixed(1)})`);
  console.log(`${shape.name.padEnd(18)} other ${theirs}, this ${ours}: ${middle} (${low} to ${high})`);
}

const folder = mkdtempSync(join(tmpdir(), "secgraph-revisions-"));
const servers: PostgresServer[] = [];
const served: Served[] = [];
try {
  for (const [index, tree] of trees.entries()) {
    if (!flags.postgres) served.push(await serveFile(tree, join(folder, `${index}.sqlite`)));
    else {
      servers.push(await startPostgres({ durable: true }));
      served.push(await serveDatabase(tree, servers.at(-1)!));
    }
  }
  for (const shape of shapes.filter(({ name }) => name.includes(flags.only))) await compare(shape, served);
} finally {
  for (const { child } of served) await child.stop();
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true });
}
process.exit(0);
