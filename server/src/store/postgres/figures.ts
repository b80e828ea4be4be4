import { createHistogram, type Histogram } from "../../base/histogram.ts";
import type { StoreSchema } from "../schema.ts";
import type { StoreFigures } from "../store.ts";
import type { Connections } from "./connections.ts";
import { postgresDialect as dialect } from "./dialect.ts";
import type { Health } from "./health.ts";
import type { Replicas } from "./replicas.ts";
import type { ScanGate } from "./scanGate.ts";

interface FigureParts {
  readonly schema: StoreSchema;
  readonly connections: Connections;
  readonly scans: ScanGate;
  readonly commits: Histogram;
  readonly health: Health;
  readonly replicas?: Pick<Replicas, "figures"> | undefined;
}

/** Counting goes through whole tables: it is not done for every look, and large tables are estimated. */
const countedFor = 60_000;
const largeTable = 10_000;
const groups = createHistogram([1]);

/** Makes the function that tells the store's figures. */
export function createFigures({ schema, connections, scans, commits, health, replicas }: FigureParts): () => Promise<StoreFigures> {
  let countedAt = Number.NEGATIVE_INFINITY;
  let counting: Promise<void> | undefined;
  let size = 0;
  const rows = new Map<string, number>();

  async function count(): Promise<void> {
    countedAt = performance.now();
    const scope = { kind: "system" } as const;
    const names = schema.tables.map(({ name }) => dialect.quote(name));
    const [estimated] = await connections.run(scope, [
      {
        sql: `SELECT pg_database_size(current_database()), ${names.map((_, index) => `(SELECT reltuples FROM pg_class WHERE oid = to_regclass($${index + 1}))`).join(", ")}`,
        values: names,
      },
    ]);
    const [bytes, ...estimates] = estimated!.rows[0]!;
    size = Number(bytes);
    for (const [index, { place }] of schema.tables.entries()) {
      const estimate = Number(estimates[index] ?? 0);
      if (estimate >= largeTable) rows.set(place.path, Math.round(estimate));
      else rows.set(place.path, Number((await connections.run(scope, [{ sql: `SELECT count(*) FROM ${names[index]}`, values: [] }]))[0]!.rows[0]![0]));
    }
  }
  return async () => {
    if (performance.now() - countedAt > countedFor) {
      // What is known stands when the database cannot be asked.
      counting ??= count()
        .catch(() => undefined)
        .finally(() => (counting = undefined));
    }
    await counting;
    const { busy, waiting } = scans.figures();
    const pool = connections.figures();
    return {
      writer: { waiting: pool.waiting, groups, commits, failures: health.counts.failures },
      pool: { workers: pool.connections, busy, waiting, stopped: health.counts.stopped },
      files: { data: size, log: 0, checkpoints: 0, checkpointFailures: 0 },
      rows,
      ...(replicas === undefined ? {} : { replicas: replicas.figures() }),
    };
  };
}
