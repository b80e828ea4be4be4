import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { notifyRounds } from "./notifyRounds.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-notified-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** A longer run: server/test-long/notified.test.ts. */
test("R154 5 times killed under 6 writers: every acknowledged change is told, in order, and none that never happened", async () => {
  const { faults, ...figures } = await notifyRounds({ data, rounds: 5, seed: 7, writers: 6 });
  console.log("kill -9, notifications:", JSON.stringify(figures));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(figures.acknowledged).toBeGreaterThan(20);
});
