/**
 * What dividing tables costs and saves on PostgreSQL, in SQL alone: `node run.mjs bench/scale/partitions.ts [rows]`. The change log in one piece and in eight parts by time;
 * rows in one piece and in sixteen parts by hub. CPU is that of the database's process which works.
 */
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { startPostgres } from "../../server/test/postgres/startPostgres.ts";

const rows = Number(process.argv[2] ?? 1_000_000);
const server = await startPostgres({ durable: true, settings: { shared_buffers: "1GB", max_wal_size: "8GB" } });
const client = new Client({ connectionString: server.url });
await client.connect();
const { rows: backend } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");

const cpu = (): number => {
  const stat = readFileSync(`/proc/${backend[0]!.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(stat[11]) + Number(stat[12])) * 10_000;
};
const position = async (): Promise<number> => Number((await client.query("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS at")).rows[0].at);

/** Microseconds of CPU and bytes of the log that statements take, and seconds. */
async function took(...statements: readonly string[]): Promise<{ readonly cpu: number; readonly log: number; readonly seconds: number }> {
  const [cpuBefore, logBefore, from] = [cpu(), await position(), performance.now()];
  for (const statement of statements) await client.query(statement);
  return { cpu: cpu() - cpuBefore, log: (await position()) - logBefore, seconds: (performance.now() - from) / 1000 };
}

async function print(what: string, count: number, ...statements: readonly string[]): Promise<void> {
  const { cpu: micros, log, seconds } = await took(...statements);
  console.log(
    `${what}: ${(micros / count).toFixed(2)} us of CPU and ${(log / count).toFixed(0)} bytes of log each; ${(micros / 1e6).toFixed(2)} s of CPU, ${(log / 1e6).toFixed(1)} MB, ${seconds.toFixed(2)} s in all`,
  );
}

const hubs = 1000;
const columns = `"hub" bigint NOT NULL, "seq" bigint NOT NULL, "place" text COLLATE "C" NOT NULL, "parents" text COLLATE "C" NOT NULL, "id" text COLLATE "C" NOT NULL, "verb" text COLLATE "C" NOT NULL, "changed" text COLLATE "C" NOT NULL, "at" text COLLATE "C" NOT NULL`;
const day = (n: string): string => `to_char(date '2026-01-01' + (${n}), 'YYYY-MM-DD') || 'T00:00:00.0000000Z'`;
const entry = (i: string): string =>
  `${i} % ${hubs}, ${i} / ${hubs}, 'security/secureScores', '[]', md5((${i})::text)::uuid::text, 'update', '["currentScore","maxScore"]', ${day(`(${i} * 32 / ${rows})::int`)}`;

/** One statement for each entry, as writes come: in PL/pgSQL, whose plans are kept. */
const oneByOne = (table: string, count: number): string =>
  `DO $$ BEGIN FOR i IN 0..${count - 1} LOOP INSERT INTO "${table}" VALUES (${entry("i")}); END LOOP; END $$`;
const reading = (table: string, count: number, from = ""): string =>
  `DO $$ DECLARE n bigint; h bigint; f text := '${from}'; BEGIN FOR i IN 1..${count} LOOP h := (i * 7919) % ${hubs}; SELECT count(*) INTO n FROM (SELECT "id" FROM "${table}" WHERE "hub" = h AND "seq" > ${Math.floor(rows / hubs) - 21} AND "seq" <= ${Math.floor(rows / hubs)}${from === "" ? "" : ` AND "at" >= f`} ORDER BY "seq" LIMIT 100) AS c; END LOOP; END $$`;

try {
  await client.query(`CREATE TABLE one (${columns}, PRIMARY KEY ("hub", "seq"))`);
  await client.query(`CREATE TABLE divided (${columns}) PARTITION BY RANGE ("at")`);
  for (let part = 0; part < 8; part += 1) {
    await client.query(`CREATE TABLE "d${part}" (LIKE divided, PRIMARY KEY ("hub", "seq"))`);
    const [from, to] = [part, part + 1].map((n) => new Date(Date.UTC(2026, 0, 1 + n * 4)).toISOString().slice(0, 10));
    await client.query(`ALTER TABLE divided ATTACH PARTITION "d${part}" FOR VALUES FROM ('${from}') TO ('${to}')`);
  }
  console.log(`PostgreSQL ${server.version}, ${rows} entries of ${hubs} hubs over 32 days`);
  for (const table of ["one", "divided"]) await print(`change log, ${table}: an entry is written`, rows, oneByOne(table, rows));
  await client.query("VACUUM ANALYZE one");
  await client.query("ANALYZE divided");
  for (const table of ["one", "divided"]) {
    await client.query(reading(table, 2000));
    await print(`change log, ${table}: 20 entries of a hub are read`, 10_000, reading(table, 10_000));
  }
  // With a moment before which nothing is asked for, the parts before it need not be looked into.
  for (const mode of ["auto", "force_generic_plan"]) {
    await client.query(`SET plan_cache_mode = '${mode}'`);
    await client.query(reading("divided", 2000, "2026-02-01"));
    await print(`change log, divided: the same, told from when on (${mode})`, 10_000, reading("divided", 10_000, "2026-02-01"));
  }
  const old = `"at" < ${day("4")}`;
  await print("an eighth goes, one: deleted", rows / 8, `DELETE FROM one WHERE ${old}`);
  await print("an eighth goes, one: and vacuumed", rows / 8, "VACUUM one");
  await print("an eighth goes, divided: dropped", rows / 8, "DROP TABLE d0");
  await byHub();
} finally {
  await client.end();
  await server.stop();
}

/** Rows of scores, in one table and in sixteen by hash of the hub: with the keys and one index. */
async function byHub(): Promise<void> {
  const shape = `"n" bigint NOT NULL, "hub" bigint NOT NULL, "id" text COLLATE "C" NOT NULL, "seq" bigint NOT NULL, "created" text COLLATE "C", "body" text COLLATE "C" NOT NULL, UNIQUE ("hub", "id"), PRIMARY KEY ("hub", "n")`;
  await client.query(`CREATE TABLE whole (${shape})`);
  await client.query(`CREATE TABLE hashed (${shape}) PARTITION BY HASH ("hub")`);
  for (let part = 0; part < 16; part += 1) await client.query(`CREATE TABLE "h${part}" PARTITION OF hashed FOR VALUES WITH (MODULUS 16, REMAINDER ${part})`);
  const row = (i: string): string =>
    `${i}, ${i} % ${hubs}, md5((${i})::text)::uuid::text, ${i} / ${hubs}, ${day(`${i} / ${hubs}`)}, repeat(md5((${i})::text), 30)`;
  const count = rows / 4;
  for (const table of ["whole", "hashed"]) {
    await client.query(`CREATE INDEX ON "${table}" ("hub", "created" DESC, "id")`);
    await print(
      `rows, ${table}: one is written`,
      count,
      `DO $$ BEGIN FOR i IN 0..${count - 1} LOOP INSERT INTO "${table}" VALUES (${row("i")}); END LOOP; END $$`,
    );
    await client.query(`VACUUM ANALYZE "${table}"`);
  }
  for (const table of ["whole", "hashed"]) {
    const get = (times: number): string =>
      `DO $$ DECLARE b text; h bigint; k text; BEGIN FOR i IN 1..${times} LOOP h := ((i * 7919) % ${count}) % ${hubs}; k := md5(((i * 7919) % ${count})::text)::uuid::text; SELECT "body" INTO b FROM "${table}" WHERE "hub" = h AND "id" = k; END LOOP; END $$`;
    const list = (times: number): string =>
      `DO $$ DECLARE n bigint; h bigint; BEGIN FOR i IN 1..${times} LOOP h := (i * 7919) % ${hubs}; SELECT sum(length("body")) INTO n FROM (SELECT "body" FROM "${table}" WHERE "hub" = h ORDER BY "created" DESC, "id" LIMIT 50) AS s; END LOOP; END $$`;
    await client.query(get(2000));
    await print(`rows, ${table}: one is read by id`, 50_000, get(50_000));
    await print(`rows, ${table}: a page of 50 is read`, 5000, list(5000));
  }
}
