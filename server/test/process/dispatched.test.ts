import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dispatchRounds } from "./dispatchRounds.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-dispatched-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** A longer run: server/test-long/dispatched.test.ts. */
test("4 times killed amid calls: every acknowledged action takes effect exactly once", async () => {
  const { faults, ...figures } = await dispatchRounds({ data, rounds: 4, seed: 11, writers: 3 });
  console.log("kill -9, dispatch:", JSON.stringify(figures));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(figures.acknowledged).toBeGreaterThan(8);
  expect(figures.repeated).toBeGreaterThan(0);
}, 180_000);
