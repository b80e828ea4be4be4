/**
 * The service on PostgreSQL against the same SQL sent by `pg` with nothing around it, in one process and in turns, by CPU per request:
 * `node run.mjs bench/postgres.ts [rows]`. Starts a server of PostgreSQL of its own that keeps every commit on disk.
 */
import { Client, Connection, Pool } from "pg";
import { startPostgres } from "../server/test/postgres/startPostgres.ts";
import { collection, entity, providers } from "./entity.ts";
import { serviceOver, type OpenService } from "./openService.ts";
import { openPostgresStore } from "../server/src/store/postgres/openPostgresStore.ts";

const rows = Number(process.argv[2] ?? 10_000);
const at = 16;
const rounds = 9;

/** A statement as it went to the server. */
interface Sent {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Everything that is bound on any connection is noted here while a list stands. */
let noted: Sent[] | undefined;

function noteStatements(): void {
  const texts = new Map<string, string>();
  const prototype = Connection.prototype as unknown as Record<"parse" | "bind", (message: Record<string, unknown>, more: boolean) => void>;
  const { parse, bind } = prototype;
  prototype.parse = function (message, more) {
    texts.set(String(message["name"]), String(message["text"]));
    return parse.call(this, message, more);
  };
  prototype.bind = function (message, more) {
    const name = (message["statement"] as string | undefined) ?? "";
    noted?.push({ name, text: texts.get(name)!, values: message["values"] as unknown[] });
    return bind.call(this, message, more);
  };
}

/** So many at a time. */
async function together(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: at }, async () => {
      while (next < count) await one(next++);
    }),
  );
}

interface Measured {
  readonly ours: number[];
  readonly bare: number[];
  readonly rate: number[];
}

async function cpuOf(work: () => Promise<unknown>): Promise<{ readonly cpu: number; readonly seconds: number }> {
  const [before, from] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: user + system, seconds: (performance.now() - from) / 1000 };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function print(name: string, { ours, bare, rate }: Measured): void {
  const [own, base] = [median(ours), median(bare)];
  const part = base / own;
  console.log(
    `${name.padEnd(20)} ${own.toFixed(0).padStart(6)} us ${base.toFixed(0).padStart(6)} us  ${part.toFixed(2)} ${part >= 0.7 ? "yes" : " no"} ${median(rate).toFixed(0).padStart(8)}/s`,
  );
}

/** A request through `handle`, with the answer that it must have. */
async function ask({ service, token }: OpenService, [method, target, body]: readonly [string, string, string?], status: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const sent = body === undefined ? {} : { body: Buffer.from(body) };
  const answer = await service.handle({ method, target, headers, baseUrl: "http://bench.example", ...sent });
  if (answer.status !== status) throw new Error(`${method} ${target} was answered ${answer.status}: ${String(answer.body)}`);
}

/** Reads: each request once for its statement, then both in turns. */
async function reads(open: OpenService, pool: Pool, { targets, count }: { readonly targets: readonly string[]; readonly count: number }): Promise<Measured> {
  const statements: Sent[] = [];
  for (const target of targets) {
    noted = [];
    await ask(open, ["GET", target], 200);
    statements.push(...noted.filter(({ text }) => !text.includes("set_config")));
    noted = undefined;
  }
  const measured: Measured = { ours: [], bare: [], rate: [] };
  const each = statements.length / targets.length;
  for (let round = -3; round < rounds; round += 1) {
    const own = await cpuOf(() => together(count, (n) => ask(open, ["GET", targets[n % targets.length]!], 200)));
    const base = await cpuOf(() =>
      together(count * each, async (n) => {
        const { name, text, values } = statements[n % statements.length]!;
        const found = await pool.query({ name: `bare-${name}`, text, values: [...values], rowMode: "array" });
        if (found.rows.length === 0) throw new Error(`No rows: ${text}`);
      }),
    );
    note(measured, { round, own, base, count });
  }
  return measured;
}

interface Round {
  readonly round: number;
  readonly own: Awaited<ReturnType<typeof cpuOf>>;
  readonly base: Awaited<ReturnType<typeof cpuOf>>;
  readonly count: number;
}

/** The first rounds only warm. */
function note(measured: Measured, { round, own, base, count }: Round): void {
  if (round < 0) return;
  measured.ours.push(own.cpu / count);
  measured.bare.push(base.cpu / count);
  measured.rate.push(count / own.seconds);
}

/** Creates: what each transaction sent is replayed on a copy of the database as it was before. */
async function creates(open: OpenService, copy: Pool): Promise<Measured> {
  const measured: Measured = { ours: [], bare: [], rate: [] };
  const count = 200;
  let next = 5_000_000;
  for (let round = -3; round < rounds; round += 1) {
    const transactions: Sent[][] = [];
    // One at a time: the statements of each must be told apart.
    const own = await cpuOf(async () => {
      for (let n = 0; n < count; n += 1) {
        noted = [];
        await ask(open, ["POST", collection, entity(next++)], 201);
        transactions.push(noted);
        noted = undefined;
      }
    });
    const base = await cpuOf(async () => {
      for (const transaction of transactions) {
        const client = await copy.connect();
        for (const { name, text, values } of transaction) await client.query({ name: `bare-${name}`, text, values: [...values], rowMode: "array" });
        client.release();
      }
    });
    note(measured, { round, own, base, count });
  }
  return measured;
}

/** Makes a database, empty or a copy of another to which nobody is connected: its URL. */
async function createDatabase(url: string, name: string, template = "template0"): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  await client.end();
  return url.replace(/[^/]*$/, name);
}

const server = await startPostgres({ durable: true });
try {
  noteStatements();
  const url = await createDatabase(server.url, "bench");
  const open = await serviceOver((model) => openPostgresStore({ url, model, connections: at }));
  await together(rows, (n) => ask(open, ["POST", collection, entity(n)], 201));
  const bare = new Pool({ connectionString: url, max: at });
  const list = await open.service.handle({
    method: "GET",
    target: collection,
    headers: { authorization: `Bearer ${open.token}` },
    baseUrl: "http://bench.example",
  });
  const ids = (JSON.parse(String(list.body)) as { value: { id: string }[] }).value.map(({ id }) => id);
  console.log(
    `Node ${process.version}, PostgreSQL ${server.version}, ${rows} rows of 1 KB, ${at} at a time; goal 9: at least 0.70 of the same SQL by pg alone`,
  );
  console.log(`${"shape".padEnd(20)} ${"ours".padStart(9)} ${"pg alone".padStart(9)} part met   rate`);
  print("get by id", await reads(open, bare, { targets: ids.map((id) => `${collection}/${id}`), count: 2000 }));
  print("list of 100", await reads(open, bare, { targets: [collection], count: 300 }));
  const filters = Array.from({ length: providers }, (_, n) => `${collection}?$filter=${encodeURIComponent(`vendorInformation/provider eq 'Provider ${n}'`)}`);
  print("$filter page", await reads(open, bare, { targets: filters, count: 300 }));
  await bare.end();
  await open.store.close();
  const copied = await createDatabase(server.url, "copied", "bench");
  const again = await serviceOver((model) => openPostgresStore({ url, model, connections: at }));
  const copy = new Pool({ connectionString: copied, max: 1 });
  print("durable POST", await creates(again, copy));
  await copy.end();
  await again.store.close();
} finally {
  await server.stop();
}
