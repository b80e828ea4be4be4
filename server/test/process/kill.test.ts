import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { crashRounds } from "./crashRounds.ts";
import { killCrash } from "./killCrash.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-kill-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** A longer run: server/test-long/kill.test.ts. */
test("6 times killed under 12 writers: nothing acknowledged is lost, nothing is torn, nothing comes back", async () => {
  const report = await crashRounds(killCrash(data, 20), { rounds: 6, writers: 12, seed: 20, writes: 100, window: [0, 300] });
  console.log(`kill -9: ${report.line}`);
  expect(report.faults.slice(0, 10)).toEqual([]);
  expect(report.acknowledged).toBeGreaterThanOrEqual(600);
  expect(report.rows).toBeGreaterThan(150);
}, 180_000);
