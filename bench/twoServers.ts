/**
 * Two servers on one database against one: `node run.mjs bench/twoServers.ts [milliseconds]`. Where the machine has few cores, PostgreSQL
 * and the load take what a second server would need; so each server gets so many milliseconds of CPU in each 20 (a control group of its own),
 * few enough that the servers are what is scarce. `0`: no bound.
 */
import { existsSync, rmdirSync } from "node:fs";
import { Client } from "pg";
import { startPostgres } from "../server/test/postgres/startPostgres.ts";
import { buildPostgres } from "./buildPostgres.ts";
import { startChild, type Child } from "./child.ts";
import { collection, entity } from "./entity.ts";
import { requestBytes, runLoad, type Expected } from "./load.ts";
import { quantile } from "./measure.ts";

const milliseconds = Number(process.argv[2] ?? 2);
const rounds = 9;
const connections = 16;
const groups = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup"].find((folder) => existsSync(`${folder}/cgroup.procs`));

interface Shape {
  readonly name: string;
  readonly count: number;
  readonly request: (child: Child) => (n: number) => Buffer;
  readonly expect: Expected;
}

function shapesOf(ids: readonly string[]): readonly Shape[] {
  const authorized = ({ token }: Child) => ({ authorization: `Bearer ${token}` });
  return [
    {
      name: "get by id",
      count: 1000,
      request: (child) => {
        const requests = ids.map((id) => requestBytes("GET", `${collection}/${id}`, authorized(child)));
        return (n) => requests[n % requests.length]!;
      },
      expect: { status: 200, shortest: 900, longest: 1600 },
    },
    {
      name: "list of 100",
      count: 200,
      request: (child) => {
        const request = requestBytes("GET", collection, authorized(child));
        return () => request;
      },
      expect: { status: 200, shortest: 90_000, longest: 140_000 },
    },
    {
      name: "durable POST",
      count: 200,
      request: (child) => (n) => requestBytes("POST", collection, authorized(child), entity(100_000 + n)),
      expect: { status: 201, shortest: 900, longest: 1600 },
    },
  ];
}

interface Ran {
  /** Requests in a second, of all servers. */
  readonly rate: number;
  /** Microseconds of a server's CPU per request. */
  readonly cpu: number;
}

async function run(children: readonly Child[], { count, request, expect }: Shape): Promise<Ran> {
  const usage = async (): Promise<number> => (await Promise.all(children.map((child) => child.ask("usage")))).reduce((sum, { cpu }) => sum + cpu, 0);
  const before = await usage();
  const from = performance.now();
  await Promise.all(children.map((child) => runLoad({ port: child.port, connections, count, request: request(child), expect, polling: false })));
  const seconds = (performance.now() - from) / 1000;
  const all = count * children.length;
  return { rate: all / seconds, cpu: ((await usage()) - before) / all };
}

async function compare(children: readonly Child[], shape: Shape): Promise<void> {
  const one: Ran[] = [];
  const two: Ran[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const [alone, both] = [await run([children[Math.abs(round) % 2]!], shape), await run(children, shape)];
    if (round < 0) continue;
    one.push(alone);
    two.push(both);
  }
  const median = (ran: readonly Ran[], what: keyof Ran): number =>
    quantile(
      ran.map((each) => each[what]),
      0.5,
    );
  const parts = two.map(({ rate }, round) => rate / one[round]!.rate);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((place) => quantile(parts, place).toFixed(2));
  console.log(
    `${shape.name.padEnd(14)} one ${median(one, "rate").toFixed(0).padStart(6)}/s at ${median(one, "cpu").toFixed(0)} us, two ${median(two, "rate").toFixed(0).padStart(6)}/s at ${median(two, "cpu").toFixed(0)} us: ${middle} (${low} to ${high}) ${Number(middle) >= 1.6 ? "yes" : "no"}`,
  );
}

async function idsIn(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(`SELECT id FROM "security_secureScores" LIMIT 500`);
  await client.end();
  return rows.map(({ id }) => id);
}

const bounded = milliseconds > 0 && groups !== undefined;
const folders = bounded ? [0, 1].map((n) => `${groups}/secgraph-bench-${process.pid}-${n}`) : [];
const server = await startPostgres({ durable: true });
try {
  await buildPostgres(server.url, 10_000);
  const children: Child[] = [];
  for (const n of [0, 1]) children.push(await startChild("postgresServer.ts", [server.url, ...(bounded ? [folders[n]!, String(milliseconds)] : [])]));
  if (bounded) for (const child of children) await child.ask("confine");
  const bound = bounded ? `each with ${milliseconds} of 20 ms of CPU` : milliseconds > 0 ? "unbounded: no control group can be made here" : "unbounded";
  console.log(
    `Node ${process.version}, PostgreSQL ${server.version}, two servers against one (${bound}), ${connections} requests at a time on each; goal 9: at least 1.6`,
  );
  for (const shape of shapesOf(await idsIn(server.url))) await compare(children, shape);
  for (const child of children) await child.stop();
} finally {
  await server.stop();
  for (const folder of folders) if (existsSync(folder)) rmdirSync(folder);
}
process.exit(0);
