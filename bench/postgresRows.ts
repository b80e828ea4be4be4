/**
 * How requests on PostgreSQL grow with the rows: p50 of one request at a time, by the clock and by CPU of this process, and the blocks that
 * PostgreSQL touches for it, at each size in turns: `node run.mjs bench/postgresRows.ts [sizes, 1e4,1e6] [folder]`. A million rows take about 4 GB.
 */
import { tmpdir } from "node:os";
import { Client } from "pg";
import { startPostgres } from "../server/test/postgres/startPostgres.ts";
import { openPostgresStore } from "../server/src/store/postgres/openPostgresStore.ts";
import { buildPostgres } from "./buildPostgres.ts";
import { collection, providers, rareControl } from "./entity.ts";
import { inTurns, type Turns } from "./inTurns.ts";
import { quantile } from "./measure.ts";
import { noteStatements, type Sent } from "./noteStatements.ts";
import { serviceOver, type OpenService } from "./openService.ts";

const sizes = (process.argv[2] ?? "1e4,1e6").split(",").map(Number);
const goal = 1.3;
const notes = noteStatements();

/** A hub of a size. */
interface Sized {
  readonly rows: number;
  readonly url: string;
  readonly open: OpenService;
  /** Ids from all over the collection. */
  readonly ids: readonly string[];
}

async function ask({ open: { service, token } }: Pick<Sized, "open">, target: string, prefer?: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, ...(prefer === undefined ? {} : { prefer }) };
  const { status, body } = await service.handle({ method: "GET", target, headers, baseUrl: "http://bench.example" });
  if (status !== 200) throw new Error(`GET ${target} was answered ${status}: ${String(body)}`);
  return String(body);
}

async function asSuperuser<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function serve(server: string, rows: number): Promise<Sized> {
  await asSuperuser(server, (client) => client.query(`CREATE DATABASE "rows${rows}" TEMPLATE template0`));
  const url = server.replace(/[^/]*$/, `rows${rows}`);
  const from = performance.now();
  await buildPostgres(url, rows);
  const [size, ids] = await asSuperuser(url, async (client) => {
    const { rows: found } = await client.query<{ id: string }>(`SELECT id FROM "security_secureScores" WHERE n % $1 = 1`, [Math.max(2, rows / 1000)]);
    const told = await client.query<{ size: string }>("SELECT pg_size_pretty(pg_database_size(current_database())) AS size");
    return [told.rows[0]!.size, found.map(({ id }) => id)] as const;
  });
  console.log(`${rows} rows: ${size}, built in ${((performance.now() - from) / 1000).toFixed(0)} s`);
  return { rows, url, ids, open: await serviceOver((model) => openPostgresStore({ url, model, connections: 2 })) };
}

const encoded = encodeURIComponent;
const mixed = `${collection}?$orderby=${encoded("vendorInformation/provider,createdDateTime desc")}`;
const ofProvider = (n: number): string => `${collection}?$filter=${encoded(`vendorInformation/provider eq 'Provider ${n % providers}'`)}`;

/** The page behind so many rows of a list: walked to in large pages. */
async function behind(sized: Sized, target: string, rows: number): Promise<string> {
  let at = target;
  const size = Math.min(1000, rows / 2);
  for (let passed = 0; passed < rows; passed += size) {
    const { "@odata.nextLink": next } = JSON.parse(await ask(sized, at, `odata.maxpagesize=${size}`)) as { "@odata.nextLink": string };
    at = next.slice(next.indexOf("/v1.0"));
  }
  return at;
}

type Shape = readonly [name: string, times: number, targets: (sized: Sized) => Promise<readonly string[]>];
const shapes: readonly Shape[] = [
  ["get by id", 60, async ({ ids }) => ids.map((id) => `${collection}/${id}`)],
  ["list of 100", 20, async () => [collection]],
  ["keyset page in the middle", 20, async (sized) => [await behind(sized, collection, sized.rows / 2)]],
  ["$filter page", 20, async () => Array.from({ length: providers }, (_, n) => ofProvider(n))],
  ["$filter page, deep", 20, async (sized) => [await behind(sized, ofProvider(3), sized.rows / providers / 2)]],
  ["any() page", 20, async () => [`${collection}?$filter=${encoded(`controlScores/any(c:c/controlName eq '${rareControl}')`)}`]],
  ["mixed order", 20, async () => [mixed]],
  ["mixed order, deep", 20, async (sized) => [await behind(sized, mixed, sized.rows / 2)]],
];

/** Blocks that the statements of a request touch, as its hub's role. */
async function blocksOf({ url }: Sized, statements: readonly Sent[]): Promise<number> {
  return asSuperuser(url, async (client) => {
    let blocks = 0;
    await client.query("BEGIN");
    for (const { text, values, scopes } of statements) {
      if (scopes) await client.query(text, [...values]);
      else {
        const { rows } = await client.query<{ "QUERY PLAN": readonly { Plan: Record<string, number> }[] }>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, [
          ...values,
        ]);
        const { Plan: plan } = rows[0]!["QUERY PLAN"][0]!;
        blocks += plan["Shared Hit Blocks"]! + plan["Shared Read Blocks"]!;
      }
    }
    await client.query("ROLLBACK");
    return blocks;
  });
}

function print([name]: Shape, turns: Turns, blocks: ReadonlyMap<number, number>): void {
  const cells = sizes.map((rows) => {
    const [cpu, wall] = [quantile(turns.cpu(String(rows)), 0.5), quantile(turns.wall(String(rows)), 0.5)];
    return `${(wall / 1000).toFixed(2)} ms, ${cpu.toFixed(0)} us CPU, ${blocks.get(rows)} blocks`;
  });
  const ratios = turns.wall(String(sizes.at(-1))).map((wall, round) => wall / turns.wall(String(sizes[0]))[round]!);
  const ratio = quantile(ratios, 0.5);
  console.log(`${name.padEnd(26)} ${cells.join(" | ")} | ${ratio.toFixed(2)} ${ratio <= goal ? "yes" : "no"}`);
}

const server = await startPostgres({ durable: true, folder: process.argv[3] ?? tmpdir() });
try {
  const hubs: Sized[] = [];
  for (const rows of sizes) hubs.push(await serve(server.url, rows));
  console.log(`PostgreSQL ${server.version}, one request at a time: ${sizes.map((rows) => `${rows} rows`).join(" | ")} | part of the clock, at most ${goal}`);
  for (const shape of shapes) {
    const [, times, targetsOf] = shape;
    const targets = new Map<Sized, readonly string[]>();
    const blocks = new Map<number, number>();
    for (const sized of hubs) {
      const found = await targetsOf(sized);
      targets.set(sized, found);
      await ask(sized, found[0]!);
      blocks.set(sized.rows, await blocksOf(sized, await notes.of(() => ask(sized, found[0]!))));
    }
    const ways = hubs.map((sized) => {
      const all = targets.get(sized)!;
      let n = 0;
      return {
        name: String(sized.rows),
        async run(count: number) {
          for (let time = 0; time < count; time += 1) await ask(sized, all[n++ % all.length]!);
        },
      };
    });
    print(shape, await inTurns(ways, { rounds: 31, warm: 10, count: times }), blocks);
  }
  for (const { open } of hubs) await open.store.close();
} finally {
  await server.stop();
}
