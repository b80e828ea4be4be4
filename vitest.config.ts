import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tools/closing-line.ts";

/** Tests of what SQLite's files, workers and memory do; PostgreSQL's own are in server/test/postgres. */
const ofFiles = ["compile", "faults", "leases", "migration", "recentPages", "recentRows", "scans", "together", "turns", "version1"].map(
  (name) => `server/test/store/${name}.test.ts`,
);

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 3,
    // A machine may be as busy as it likes: what waits for something goes on at once when it is there.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default", new ClosingLine()],
    projects: [
      { extends: true, test: { name: "server", include: ["server/test/**/*.test.ts"], exclude: ["server/test/postgres/**"] } },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ["server/test/{postgres,wire,store,models}/**/*.test.ts"],
          exclude: [...ofFiles],
          globalSetup: "server/test/postgres/globalSetup.ts",
          env: { SECGRAPH_TEST_ENGINE: "postgres" },
        },
      },
      {
        extends: true,
        test: { name: "long", include: ["server/test-long/**/*.test.ts"], fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 },
      },
    ],
  },
});
