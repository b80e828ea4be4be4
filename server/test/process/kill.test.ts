import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspectFile } from "./inspectFile.ts";
import { killRounds } from "./killRounds.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-kill-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** A longer run: server/test-long/kill.test.ts. */
test("20 times killed under 12 writers: nothing acknowledged is lost, nothing is torn, nothing comes back", async () => {
  const { faults, acknowledged, fates, slowest, server } = await killRounds({ data, rounds: 20, writers: 12, seed: 20, writes: 100, window: [0, 300] });
  const file = inspectFile(join(data, "secgraph.sqlite"));
  server.signal("SIGTERM");
  const { code } = await server.ended;
  console.log(
    `${acknowledged} writes acknowledged, ${fates.whole} unanswered ones whole and ${fates.absent} absent, slowest start ${Math.round(slowest)} ms; ${file.rows} rows, ${file.sideRows} side rows, ${file.changes} changes, ${file.audits} audit rows`,
  );
  expect(faults.slice(0, 10)).toEqual([]);
  expect(file.faults.slice(0, 10)).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(2_000);
  expect(file.rows).toBeGreaterThan(500);
  expect(slowest).toBeLessThan(5_000);
  expect(code).toBe(0);
}, 180_000);
