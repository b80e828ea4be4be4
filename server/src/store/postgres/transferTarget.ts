import type { StoreSchema } from "../schema.ts";
import { tableShapes, type TableShape } from "../tableShapes.ts";
import type { Cells, TableMark, TransferTarget } from "../transfer/ends.ts";
import { openBulkSession, type BulkSession } from "./bulkSession.ts";
import { postgresDialect } from "./dialect.ts";
import { migrate } from "./migrate.ts";
import { openSession } from "./session.ts";
import { readRows } from "./transferSource.ts";

const { quote } = postgresDialect;
/** Stands in a database that is being filled; nobody serves such a one. */
export const transferMarks = "secgraph_transfer";
const marks = quote(transferMarks);

/** What a database is being filled with: data that somebody has, or a demo, which may be made anew when it was cut. */
export type Filling = "copy" | "demo";

/** A database to be filled, by its owner's URL. */
export async function openTransferTarget(url: string, schema: StoreSchema, filling: Filling = "copy"): Promise<TransferTarget> {
  const session = await openBulkSession(url);
  return {
    async begin(fingerprint) {
      const found = await marksIn(session);
      if (found?.get("")?.tally === fingerprint) return found;
      if (found === undefined) await requireEmpty(session, schema);
      await makeMarks(session, filling);
      await makeTables(url, schema);
      await clear(session, schema);
      await putMark(session, "", { count: 0, tally: fingerprint, after: [] });
      return new Map();
    },
    write: (shape, rows, mark) => write(session, shape, { rows, mark }),
    async *read(shape) {
      await session.rows("BEGIN READ ONLY");
      await session.rows("SELECT set_config('statement_timeout', '0', true)");
      for await (const { rows } of readRows(session, shape)) yield rows;
      await session.rows("COMMIT");
    },
    async finish(leaseToken) {
      await session.rows("BEGIN");
      await setSequences(session, schema, leaseToken);
      await session.rows(`DROP TABLE ${marks}`);
      await session.rows("COMMIT");
      for (const { name } of tableShapes(schema)) await session.rows(`ANALYZE ${quote(name)}`);
    },
    close: session.end,
  };
}

/** The comment can be read by who may not read the marks. */
async function makeMarks(session: BulkSession, filling: Filling): Promise<void> {
  await session.rows("BEGIN");
  await session.rows(`DROP TABLE IF EXISTS ${marks}`);
  await session.rows(`CREATE TABLE ${marks} ("name" text PRIMARY KEY, "count" bigint NOT NULL, "tally" text NOT NULL, "after" text NOT NULL)`);
  await session.rows(`COMMENT ON TABLE ${marks} IS '${filling}'`);
  await session.rows("COMMIT");
}

async function makeTables(url: string, schema: StoreSchema): Promise<void> {
  const session = await openSession(url);
  try {
    await migrate(session, { schema });
  } finally {
    await session.end();
  }
}

async function marksIn(session: BulkSession): Promise<Map<string, TableMark> | undefined> {
  const [[there] = []] = await session.rows("SELECT to_regclass($1) IS NOT NULL", [marks]);
  if (there !== "t") return undefined;
  const rows = await session.rows(`SELECT "name", "count", "tally", "after" FROM ${marks}`);
  return new Map(rows.map(([name, count, tally, after]) => [name!, { count: Number(count), tally: tally!, after: JSON.parse(after!) as Cells }]));
}

/** Nothing of anybody is written over. */
async function requireEmpty(session: BulkSession, schema: StoreSchema): Promise<void> {
  for (const { name } of tableShapes(schema)) {
    const [[there] = []] = await session.rows("SELECT to_regclass($1) IS NOT NULL", [quote(name)]);
    if (there !== "t") continue;
    const [[filled] = []] = await session.rows(`SELECT EXISTS (SELECT FROM ${quote(name)})`);
    if (filled === "t") throw new Error(`The database holds data already (table ${name}): choose an empty one.`);
  }
}

async function clear(session: BulkSession, schema: StoreSchema): Promise<void> {
  const names = [...tableShapes(schema).map(({ name }) => name), "records", "rates"].map(quote);
  await session.rows(`TRUNCATE ${names.join(", ")}`);
}

async function putMark(session: BulkSession, name: string, { count, tally, after }: TableMark): Promise<void> {
  const put = `INSERT INTO ${marks} VALUES ($1, $2, $3, $4) ON CONFLICT ("name") DO UPDATE SET "count" = $2, "tally" = $3, "after" = $4`;
  await session.rows(put, [name, count, tally, JSON.stringify(after)]);
}

/** What a crash of the database loses of it, it loses together with the mark. */
async function write(session: BulkSession, shape: TableShape, { rows, mark }: { readonly rows: readonly Cells[]; readonly mark: TableMark }): Promise<void> {
  const columns = shape.columns.map(({ name }) => quote(name)).join(", ");
  await session.script("BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = 0");
  try {
    await session.copyIn(`COPY ${quote(shape.name)} (${columns}) FROM STDIN`, rows);
    await putMark(session, shape.name, mark);
    await session.rows("COMMIT");
  } catch (error) {
    await session.rows("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Numbers that the database gives from now on are larger than those that were brought. */
async function setSequences(session: BulkSession, schema: StoreSchema, leaseToken: string): Promise<void> {
  for (const { name, columns } of tableShapes(schema)) {
    if (!columns.some((column) => column.name === "n")) continue;
    const [[sequence] = []] = await session.rows("SELECT pg_get_serial_sequence($1, 'n')", [quote(name)]);
    if (sequence !== null) await session.rows(`SELECT setval($1::text::regclass, coalesce((SELECT max("n") FROM ${quote(name)}), 0) + 1, false)`, [sequence!]);
  }
  const [[tokens] = []] = await session.rows("SELECT to_regclass('lease_tokens') IS NOT NULL");
  if (tokens === "t") await session.rows("SELECT setval('lease_tokens', $1::text::bigint + 1, false)", [leaseToken]);
}
