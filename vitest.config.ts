import { defineConfig } from "vitest/config";
import { ClosingLine } from "./tools/closing-line.ts";

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ["default", new ClosingLine()],
    projects: [
      { extends: true, test: { name: "server", include: ["server/test/**/*.test.ts"], exclude: ["server/test/postgres/**"] } },
      {
        extends: true,
        test: { name: "postgres", include: ["server/test/postgres/**/*.test.ts"], globalSetup: "server/test/postgres/globalSetup.ts" },
      },
      {
        extends: true,
        test: { name: "long", include: ["server/test-long/**/*.test.ts"], fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 },
      },
    ],
  },
});
