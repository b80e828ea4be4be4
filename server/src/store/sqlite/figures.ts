import { closeSync, openSync, readSync, statSync } from "node:fs";
import { sqliteDialect } from "./dialect.ts";
import type { StoreSchema } from "../schema.ts";
import type { StoreFigures } from "../store.ts";
import type { SqliteConnection } from "./driver.ts";
import type { Pool } from "./pool.ts";
import type { Checkpoints } from "./watchCheckpoints.ts";
import type { Writer } from "./writer.ts";

interface FigureParts {
  readonly file: string;
  readonly schema: StoreSchema;
  readonly reader: SqliteConnection;
  readonly writer: Writer;
  readonly pool: Pool;
  readonly checkpoints: Checkpoints;
}

/** Counting goes through whole tables: large ones are left to a reading worker, and it is not done for every look. */
const countedFor = 60_000;
const largeTable = 10_000;

/** Makes the function that tells the store's figures. */
export function createFigures({ file, schema, reader, writer, pool, checkpoints }: FigureParts): () => Promise<StoreFigures> {
  let countedAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | undefined;
  const rows = new Map<string, number>();

  async function count(): Promise<void> {
    countedAt = performance.now();
    for (const { name, place } of schema.tables) {
      const table = sqliteDialect.quote(name);
      const sql = `SELECT count(*) FROM ${table}`;
      const isLarge = Number(reader.prepare(`SELECT coalesce(max("n"), 0) FROM ${table}`).get([])![0]) >= largeTable;
      const fetch = { statements: [{ sql, values: [] }], limit: 1, bigints: false };
      const answer = isLarge ? await pool.run("", fetch).catch(() => undefined) : reader.prepare(sql).all([]);
      if (answer !== undefined) rows.set(place.path, Number(answer[0]?.[0] ?? 0));
    }
  }
  return async () => {
    if (performance.now() - countedAt > countedFor) counting ??= count().finally(() => (counting = undefined));
    await counting;
    return {
      writer: writer.figures(),
      pool: pool.figures(),
      files: { data: sizeOf(file), log: sizeOf(`${file}-wal`), checkpoints: checkpointsIn(`${file}-wal`), checkpointFailures: checkpoints.failures() },
      rows,
    };
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The checkpoint sequence number in the log's head (https://sqlite.org/fileformat2.html#the_write_ahead_log): it grows when the log begins anew. */
function checkpointsIn(path: string): number {
  try {
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(16);
      return readSync(file, head, 0, 16, 0) === 16 ? head.readUInt32BE(12) : 0;
    } finally {
      closeSync(file);
    }
  } catch {
    return 0;
  }
}
