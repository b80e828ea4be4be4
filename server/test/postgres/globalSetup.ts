import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import type { TestProject } from "vitest/node";
import { startPostgres } from "./startPostgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The URL of the superuser of the PostgreSQL that this run's tests share. */
    readonly postgres: string;
  }
}

/** One server of PostgreSQL for all test files of a run; `SECGRAPH_TEST_PG_URL` names one that runs already. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["SECGRAPH_TEST_PG_URL"];
  if (given !== undefined && given !== "") {
    project.provide("postgres", given);
    return () => Promise.resolve();
  }
  const server = await startPostgres({ folder: roomyMemory() ?? tmpdir(), settings: { max_wal_size: "512MB" } });
  project.provide("postgres", server.url);
  return server.stop;
}

const needed = 4 * 1024 ** 3;

/** A folder in memory with room for the databases of all test files: hundreds of them come and go. */
function roomyMemory(): string | undefined {
  const folder = "/dev/shm";
  if (!existsSync(folder)) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= needed ? folder : undefined;
}
