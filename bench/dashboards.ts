/**
 * Dashboards by `$apply` against the same SQL by hand, in turns, on SQLite and on PostgreSQL: `node run.mjs bench/dashboards.ts [rows] [sqlite|postgres]`.
 * By hand is what one would write who knows the tables, with the engine's own avg; both answers have to be the same.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { startPostgres } from "../server/test/postgres/startPostgres.ts";
import { openPostgresStore } from "../server/src/store/postgres/openPostgresStore.ts";
import { buildData } from "./buildData.ts";
import { buildPostgres } from "./buildPostgres.ts";
import { collection, momentOf } from "./entity.ts";
import { inTurns } from "./inTurns.ts";
import { quantile } from "./measure.ts";
import { openService, serviceOver, type OpenService } from "./openService.ts";

const rows = Number(process.argv[2] ?? 1e5);
const only = process.argv[3] ?? "";

type Given = Readonly<Record<string, unknown>>;

/** A member of a member. */
const within = (given: Given, name: string, inner: string): unknown => (given[name] as Given)[inner];

interface Dashboard {
  readonly name: string;
  readonly apply: string;
  /** `$hub` stands for the number of the hub. */
  readonly sql: string;
  /** The row of the answer as the SQL gives it. */
  readonly row: (given: Given) => readonly unknown[];
}

const scores = `"security_secureScores"`;
const day = `substr("createdDateTime", 1, 10)`;
const provider = `"vendorInformation_provider"`;
const since = momentOf(10_000).slice(0, 10);

const dashboards: readonly Dashboard[] = [
  {
    name: "average score per day and provider",
    apply: "compute(date(createdDateTime) as day)/groupby((day,vendorInformation/provider),aggregate(currentScore with average as score))",
    sql: `SELECT ${day}, ${provider}, avg("currentScore") FROM ${scores} WHERE "hub" = $hub GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100`,
    row: (given) => [given["day"], within(given, "vendorInformation", "provider"), given["score"]],
  },
  {
    name: "the same of the last week",
    apply: `filter(createdDateTime ge ${since}T00:00:00Z)/compute(date(createdDateTime) as day)/groupby((day,vendorInformation/provider),aggregate(currentScore with average as score))`,
    sql: `SELECT ${day}, ${provider}, avg("currentScore") FROM ${scores} WHERE "hub" = $hub AND "createdDateTime" >= '${since}T00:00:00.0000000Z' GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 100`,
    row: (given) => [given["day"], within(given, "vendorInformation", "provider"), given["score"]],
  },
  {
    name: "worst controls",
    apply: "join(controlScores as c)/groupby((c/controlName),aggregate(c/score with average as points))/orderby(points)/top(10)",
    sql: `SELECT "controlName", avg("score") FROM "security_secureScores.controlScores" WHERE "hub" = $hub GROUP BY 1 ORDER BY 2, 1 LIMIT 10`,
    row: (given) => [within(given, "c", "controlName"), given["points"]],
  },
];

type Rows = readonly (readonly unknown[])[];

async function ask({ service, token }: OpenService, { apply, row }: Dashboard): Promise<Rows> {
  const target = `${collection}?$apply=${encodeURIComponent(apply)}`;
  const { status, body } = await service.handle({ method: "GET", target, headers: { authorization: `Bearer ${token}` }, baseUrl: "http://bench.example" });
  if (status !== 200) throw new Error(`${apply} was answered ${status}: ${String(body)}`);
  return (JSON.parse(String(body)) as { readonly value: readonly Given[] }).value.map(row);
}

type ByHand = (sql: string) => Promise<Rows>;

/** Milliseconds, the lower quartile of rounds in turns: of CPU where the database works in this process, else of the clock. */
async function compare([engine, inProcess]: readonly [string, boolean], open: OpenService, byHand: ByHand): Promise<void> {
  for (const dashboard of dashboards) {
    const [ours, hand] = [await ask(open, dashboard), await byHand(dashboard.sql)];
    if (JSON.stringify(ours) !== JSON.stringify(hand))
      throw new Error(`${dashboard.name}: ${JSON.stringify(ours).slice(0, 300)}, by hand ${JSON.stringify(hand).slice(0, 300)}`);
    const ways = [
      { name: "ours", run: () => ask(open, dashboard) },
      { name: "by hand", run: () => byHand(dashboard.sql) },
    ];
    const turns = await inTurns(ways, { rounds: 9, warm: 2, count: 1 });
    const [mine, base] = ["ours", "by hand"].map((name) => quantile(inProcess ? turns.cpu(name) : turns.wall(name), 0.25) / 1000) as [number, number];
    console.log(`${engine}, ${rows} rows, ${dashboard.name}: ${mine.toFixed(0)} ms, by hand ${base.toFixed(0)} ms: ${(mine / base).toFixed(2)}`);
  }
}

async function onSqlite(): Promise<void> {
  const folder = join(import.meta.dirname, ".data");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${rows}.sqlite`);
  if (!existsSync(file)) await buildData(file, rows);
  // Pages that were read lately would be answered from memory.
  const open = await openService(file, 1);
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec("PRAGMA cache_size = -200000; PRAGMA mmap_size = 1000000000");
  const { n } = database.prepare(`SELECT "n" FROM "hubs" ORDER BY "seq" DESC LIMIT 1`).get() as { n: number };
  await compare(
    ["SQLite (CPU)", true],
    open,
    async (sql) => database.prepare(sql.replaceAll("$hub", String(n)), { returnArrays: true }).all() as unknown as Rows,
  );
  database.close();
  await open.store.close();
}

async function onPostgres(): Promise<void> {
  const server = await startPostgres({ durable: false });
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    await client.query(`CREATE DATABASE dashboards TEMPLATE template0`);
    const url = server.url.replace(/[^/]*$/, "dashboards");
    await buildPostgres(url, rows);
    const open = await serviceOver((model) => openPostgresStore({ url, model, connections: 4 }));
    const plain = new Client({ connectionString: url });
    await plain.connect();
    const { rows: hubs } = await plain.query<{ n: string }>(`SELECT "n" FROM "hubs" ORDER BY "seq" DESC LIMIT 1`);
    await compare(
      [`PostgreSQL ${server.version} (clock)`, false],
      open,
      async (sql) => (await plain.query<unknown[]>({ text: sql.replaceAll("$hub", hubs[0]!.n), rowMode: "array" })).rows,
    );
    await plain.end();
    await open.store.close();
  } finally {
    await client.end();
    await server.stop();
  }
}

if ("sqlite".includes(only)) await onSqlite();
if ("postgres".includes(only)) await onPostgres();
