/**
 * The service on PostgreSQL against the same SQL sent by `pg` with nothing around it, in one process and in turns, by CPU per request:
 * `node run.mjs bench/postgres.ts [rows] [shape]`. Starts a server of PostgreSQL of its own that keeps every commit on disk.
 */
import { Client, Pool } from "pg";
import { startPostgres } from "../server/test/postgres/startPostgres.ts";
import { openPostgresStore } from "../server/src/store/postgres/openPostgresStore.ts";
import { buildPostgres } from "./buildPostgres.ts";
import { collection, entity, providers } from "./entity.ts";
import { inTurns, type Turns } from "./inTurns.ts";
import { quantile } from "./measure.ts";
import { noteStatements, type Sent } from "./noteStatements.ts";
import { serviceOver, type OpenService } from "./openService.ts";

const rows = Number(process.argv[2] ?? 10_000);
const only = process.argv[3] ?? "";
const at = 16;

const ours = "ours";
/** The statement that answers, and nothing else. */
const alone = "pg alone";
/** The same in the scope of its hub: what a client of `pg` must send, too, so that row-level security holds; all at once where `pg` can. */
const scoped = "pg scoped";

/** So many at a time. */
async function together(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: at }, async () => {
      while (next < count) await one(next++);
    }),
  );
}

/** A request through `handle`, with the answer that it must have. */
async function ask({ service, token }: OpenService, [method, target, body]: readonly [string, string, string?], status: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const sent = body === undefined ? {} : { body: Buffer.from(body) };
  const answer = await service.handle({ method, target, headers, baseUrl: "http://bench.example", ...sent });
  if (answer.status !== status) throw new Error(`${method} ${target} was answered ${answer.status}: ${String(answer.body)}`);
}

const names = new Map<string, string>();

/** Sends a statement by `pg`, prepared, its rows as arrays. */
function send(client: Pick<Client, "query">, { text, values }: Pick<Sent, "text" | "values">): Promise<{ rows: unknown[] }> {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `bare-${names.size}`));
  return client.query({ name, text, values: [...values], rowMode: "array" });
}

const notes = noteStatements();

/** A pool of `pg` alone. Connections that end with the server are nobody's any longer. */
function poolOf(url: string, more: { readonly max: number; readonly pipeline?: boolean }): Pool {
  const pool = new Pool({ connectionString: url, ...more });
  return pool.on("error", () => undefined);
}

interface Bare {
  readonly plain: Pool;
  /** Sends what follows before the answer to what went ahead is there. */
  readonly pipelining: Pool;
}

interface Reads {
  readonly targets: readonly string[];
  /** In one turn. */
  readonly count: number;
}

/** Reads: each request once for its statements, then all ways in turns. */
async function reads(open: OpenService, { plain, pipelining }: Bare, { targets, count }: Reads): Promise<Turns> {
  const sent: (readonly Sent[])[] = [];
  for (const target of targets) {
    // What is known of a hub for a while is asked for with the first.
    await ask(open, ["GET", target], 200);
    sent.push(await notes.of(() => ask(open, ["GET", target], 200)));
  }
  const answering = sent.map((all) => all.filter(({ scopes }) => !scopes));
  const bare = async (n: number): Promise<void> => {
    for (const statement of answering[n % answering.length]!) if ((await send(plain, statement)).rows.length === 0) throw new Error("No rows.");
  };
  const inScope = async (n: number): Promise<void> => {
    const client = await pipelining.connect();
    const results = [...begun, ...sent[n % sent.length]!, ...ended].map((statement) => send(client, statement));
    if ((await Promise.all(results)).at(-2)!.rows.length === 0) throw new Error("No rows.");
    client.release();
  };
  const ways = [
    { name: ours, run: (times: number) => together(times, (n) => ask(open, ["GET", targets[n % targets.length]!], 200)) },
    { name: alone, run: (times: number) => together(times, bare) },
    { name: scoped, run: (times: number) => together(times, inScope) },
  ];
  return inTurns(ways, { rounds: 40, warm: 10, count });
}

const begun: readonly Sent[] = [{ text: "BEGIN", values: [], scopes: true }];
const ended: readonly Sent[] = [{ text: "COMMIT", values: [], scopes: true }];

/** Creates, one at a time: what each transaction sent is replayed on a copy of the database as it was before. */
async function creates(open: OpenService, copy: Pool): Promise<Turns> {
  let next = 5_000_000;
  const transactions: (readonly Sent[])[] = [];
  const ways = [
    {
      name: ours,
      async run(count: number) {
        for (let n = 0; n < count; n += 1) transactions.push(await notes.of(() => ask(open, ["POST", collection, entity(next++)], 201)));
      },
    },
    {
      name: alone,
      async run(count: number) {
        const client = await copy.connect();
        for (const transaction of transactions.splice(0, count)) for (const statement of transaction) await send(client, statement);
        client.release();
      },
    },
  ];
  // Always ours first: the other replays it.
  return inTurns(ways, { rounds: 20, warm: 4, count: 50, ordered: true });
}

/** Makes a database, empty or a copy of another to which nobody is connected: its URL. */
async function createDatabase(url: string, name: string, template = "template0"): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  await client.end();
  return url.replace(/[^/]*$/, name);
}

function print(name: string, turns: Turns, bases: readonly string[]): void {
  const quiet = (way: string): number => quantile(turns.cpu(way), 0.25);
  const cell = (way: string): string => `${quantile(turns.cpu(way), 0.5).toFixed(0).padStart(5)} us, quiet ${quiet(way).toFixed(0).padStart(4)}`;
  const part = (base: string): string => {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((place) => quantile(turns.part(base, ours), place).toFixed(2));
    return `${base} ${cell(base)}: ${middle} (${low} to ${high}), quiet ${(quiet(base) / quiet(ours)).toFixed(2)}`;
  };
  const met = quantile(turns.part(alone, ours), 0.5) >= 0.7 ? "met" : "not met";
  console.log(`${name}: ours ${cell(ours)}, ${(1e6 / quantile(turns.wall(ours), 0.5)).toFixed(0)}/s; goal 9 ${met}`);
  for (const base of bases) console.log(`  ${part(base)}`);
}

const server = await startPostgres({ durable: true });
try {
  const url = await createDatabase(server.url, "bench");
  await buildPostgres(url, rows);
  const open = await serviceOver((model) => openPostgresStore({ url, model, connections: at }));
  const bare = { plain: poolOf(url, { max: at }), pipelining: poolOf(url, { max: at, pipeline: true }) };
  const list = await open.service.handle({
    method: "GET",
    target: collection,
    headers: { authorization: `Bearer ${open.token}` },
    baseUrl: "http://bench.example",
  });
  const ids = (JSON.parse(String(list.body)) as { value: { id: string }[] }).value.map(({ id }) => id);
  console.log(`Node ${process.version}, PostgreSQL ${server.version}, ${rows} rows of 1 KB, ${at} at a time; CPU of this process per request;`);
  console.log(`parts of the same SQL by pg, median and quartiles of the rounds; goal 9: at least 0.70 of "${alone}"`);
  const filters = Array.from({ length: providers }, (_, n) => `${collection}?$filter=${encodeURIComponent(`vendorInformation/provider eq 'Provider ${n}'`)}`);
  const shapes: readonly (readonly [string, Reads])[] = [
    ["get by id", { targets: ids.map((id) => `${collection}/${id}`), count: 1000 }],
    ["list of 100", { targets: [collection], count: 150 }],
    ["$filter page", { targets: filters, count: 150 }],
  ];
  for (const [name, shape] of shapes) if (name.includes(only)) print(name, await reads(open, bare, shape), [alone, scoped]);
  await bare.plain.end();
  await bare.pipelining.end();
  await open.store.close();
  if ("durable POST".includes(only)) {
    const copied = await createDatabase(server.url, "copied", "bench");
    const again = await serviceOver((model) => openPostgresStore({ url, model, connections: at }));
    const copy = poolOf(copied, { max: 1 });
    print("durable POST", await creates(again, copy), [alone]);
    await copy.end();
    await again.store.close();
  }
} finally {
  await server.stop();
}
