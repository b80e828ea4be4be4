import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspectFile } from "../test/process/inspectFile.ts";
import { killRounds } from "../test/process/killRounds.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-kill-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** The promise as it is made: 200 rounds, at least 200,000 acknowledged writes, a start within 5 seconds at 100,000 rows. */
test("200 times killed under 12 writers: nothing acknowledged is lost, nothing is torn, nothing comes back", async () => {
  const { faults, acknowledged, fates, slowest, server } = await killRounds({ data, rounds: 200, writers: 12, seed: 200, writes: 1000, window: [0, 300] });
  const file = inspectFile(join(data, "secgraph.sqlite"));
  server.signal("SIGTERM");
  const { code } = await server.ended;
  console.log(
    `${acknowledged} writes acknowledged, ${fates.whole} unanswered ones whole and ${fates.absent} absent, slowest start ${Math.round(slowest)} ms; ${file.rows} rows, ${file.sideRows} side rows, ${file.changes} changes, ${file.audits} audit rows`,
  );
  expect(faults.slice(0, 10)).toEqual([]);
  expect(file.faults.slice(0, 10)).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(200_000);
  expect(file.rows).toBeGreaterThan(100_000);
  expect(slowest).toBeLessThan(5_000);
  expect(code).toBe(0);
}, 3_600_000);
