import { Client } from "pg";
import { createModel } from "../server/src/edm/createModel.ts";
import { securityGraph } from "../server/src/graph/securityGraph.ts";
import { openPostgresStore } from "../server/src/store/postgres/openPostgresStore.ts";
import { schemaOf, type Table } from "../server/src/store/schema.ts";
import { collection, commonControl, entity, rareControl, rareRows } from "./entity.ts";
import { serviceOver } from "./openService.ts";

/** How many entities go through the API; more rows are copies of these. */
const seeds = 1000;
/** Copies that keep the rare control, so that as many rows have it, however many there are. */
const rareCopies = rareRows / (seeds / rareRows) - 1;

/** Fills an empty database with so many rows, a multiple of a thousand: the first are posted, the rest are copies with ids, moments and sequences of their own. */
export async function buildPostgres(url: string, rows: number): Promise<void> {
  await postSeeds(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await copySeeds(client, rows / seeds - 1);
  } finally {
    await client.end();
  }
}

async function postSeeds(url: string): Promise<void> {
  const { service, store, token } = await serviceOver((model) => openPostgresStore({ url, model, connections: 16 }));
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const post = async (n: number): Promise<void> => {
    const { status, body } = await service.handle({
      method: "POST",
      target: collection,
      headers,
      baseUrl: "http://bench.example",
      body: Buffer.from(entity(n)),
    });
    if (status !== 201) throw new Error(`A seed was answered ${status}: ${String(body)}`);
  };
  for (let n = 0; n < seeds; n += 50) await Promise.all(Array.from({ length: 50 }, (_, index) => post(n + index)));
  await store.close();
}

async function copySeeds(client: Client, copies: number): Promise<void> {
  const model = createModel(securityGraph);
  const table = schemaOf(model).tableOf(model.place("security/secureScores"))!;
  const names = [table.name, ...table.sides.map(({ name }) => name)];
  const asked = `SELECT i.indexname, i.indexdef FROM pg_indexes AS i WHERE i.tablename = ANY($1) AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conname = i.indexname)`;
  const indexes = (await client.query<{ indexname: string; indexdef: string }>(asked, [names])).rows;
  for (const { indexname } of indexes) await client.query(`DROP INDEX "${indexname}"`);
  await client.query("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'");
  for (const name of names) await client.query(await copyOf(client, name, table), [copies]);
  await client.query(`UPDATE "hubs" SET "seq" = (SELECT max("seq") FROM "${table.name}")`);
  await client.query(`SELECT setval(pg_get_serial_sequence('"${table.name}"', 'n'), (SELECT max("n") FROM "${table.name}"))`);
  // Sorted once, an index is made in a fraction of the time that it takes to grow.
  for (const { indexdef } of indexes) await client.query(indexdef);
  for (const name of names) await client.query(`VACUUM (ANALYZE) "${name}"`);
  await client.query("CHECKPOINT");
}

/** Numbers and sequences of one copy begin this far behind those of the copy before. */
const stride = 2 * seeds;
/** A copy is older by the time that the seeds span, and its ids are later. */
const id = `(lpad(to_hex(('x' || substr(s."id", 1, 8))::bit(32)::bigint + k), 8, '0') || substr(s."id", 9))`;
const moment = `(to_char(s."createdDateTime"::timestamptz AT TIME ZONE 'UTC' - k * interval '${seeds} minutes', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '0Z')`;
const common = (text: string): string => `CASE WHEN k > ${rareCopies} THEN replace(${text}, '${rareControl}', '${commonControl}') ELSE ${text} END`;
const copied: Readonly<Record<string, string>> = {
  n: `s."n" + k * ${stride}`,
  id,
  seq: `s."seq" + k * ${stride}`,
  createdDateTime: moment,
  controlName: common(`s."controlName"`),
  body: common(
    `replace(replace(replace(s."body", '"W/\\"' || s."seq" || '\\""', '"W/\\"' || (s."seq" + k * ${stride}) || '\\""'), s."id", ${id}), s."createdDateTime", ${moment})`,
  ),
};

async function copyOf(client: Client, name: string, { name: main }: Table): Promise<string> {
  const asked = `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1`;
  const columns = (await client.query<{ name: string }>(asked, [name])).rows.map((row) => row.name);
  // Side rows have neither moments nor ids.
  const values = columns.map((column) => copied[column] ?? `s."${column}"`);
  const list = columns.map((column) => `"${column}"`).join(", ");
  const order = name === main ? "k, s.n" : "k, s.n, s.o1";
  return `INSERT INTO "${name}" (${list}) SELECT ${values.join(", ")} FROM "${name}" AS s, generate_series(1, $1::bigint) AS k ORDER BY ${order}`;
}
