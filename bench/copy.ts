/**
 * `secgraph copy` from a SQLite file to PostgreSQL and back, by this process's CPU and by the clock, rows of all tables together:
 * `node run.mjs bench/copy.ts [scores]`. Starts a server of PostgreSQL of its own that keeps every commit on disk.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModel } from "../server/src/edm/createModel.ts";
import { securityGraph } from "../server/src/graph/securityGraph.ts";
import { openTransferSource as fromPostgres } from "../server/src/store/postgres/transferSource.ts";
import { openTransferTarget as toPostgres } from "../server/src/store/postgres/transferTarget.ts";
import { schemaOf } from "../server/src/store/schema.ts";
import { openTransferSource as fromSqlite } from "../server/src/store/sqlite/transferSource.ts";
import { openTransferTarget as toSqlite } from "../server/src/store/sqlite/transferTarget.ts";
import { tableShapes } from "../server/src/store/tableShapes.ts";
import type { TransferSource, TransferTarget } from "../server/src/store/transfer/ends.ts";
import { transfer } from "../server/src/store/transfer/transfer.ts";
import { startPostgres } from "../server/test/postgres/startPostgres.ts";
import { buildData } from "./buildData.ts";

const scores = Number(process.argv[2] ?? 50_000);
const schema = schemaOf(createModel(securityGraph));

/** Microseconds of CPU of the server's processes that are running. */
function cpuOfBackends(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const ticks = children.map((child) => {
    const fields = readFileSync(`/proc/${child}/stat`, "utf8").split(") ")[1]!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, one) => sum + one, 0) * 10_000;
}

async function copy(name: string, [source, target]: readonly [TransferSource, TransferTarget], pid: number): Promise<void> {
  const stages: (readonly [string, number, number])[] = [];
  let [cpu, from] = [process.cpuUsage(), performance.now()];
  const lap = (stage: string): void => {
    const { user, system } = process.cpuUsage(cpu);
    stages.push([stage, (user + system) / 1e6, (performance.now() - from) / 1000]);
    [cpu, from] = [process.cpuUsage(), performance.now()];
  };
  const before = cpuOfBackends(pid);
  const { tables } = await transfer({
    source,
    target,
    shapes: tableShapes(schema),
    progress: (stage) => {
      if (stage === "comparing") lap("copied");
      return () => undefined;
    },
  });
  lap("compared");
  const servers = (cpuOfBackends(pid) - before) / 1e6;
  await source.close();
  await target.close();
  if (!tables.every(({ same }) => same)) throw new Error("The copy is not the same.");
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const total = (place: 1 | 2): number => stages.reduce((sum, stage) => sum + stage[place], 0);
  const parts = stages.map(([stage, own, wall]) => `${stage} ${own.toFixed(1)} s CPU, ${wall.toFixed(1)} s`).join("; ");
  console.log(
    `${name}: ${rows} rows, ${(rows / total(1)).toFixed(0)}/s by CPU, ${(rows / total(2)).toFixed(0)}/s by the clock (${parts}; PostgreSQL ${servers.toFixed(1)} s CPU)`,
  );
}

const folder = mkdtempSync(join(tmpdir(), "secgraph-bench-"));
const server = await startPostgres({ durable: true });
try {
  const file = join(folder, "hub.sqlite");
  await buildData(file, scores);
  await copy("SQLite to PostgreSQL", [fromSqlite(file, schema), await toPostgres(server.url, schema)], server.pid());
  const back = join(folder, "back.sqlite");
  await copy("PostgreSQL to SQLite", [await fromPostgres(server.url, schema), toSqlite(back, schema)], server.pid());
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
