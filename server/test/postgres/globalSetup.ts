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
  const server = await startPostgres();
  project.provide("postgres", server.url);
  return server.stop;
}
