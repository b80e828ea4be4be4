import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dispatchRounds } from "../test/process/dispatchRounds.ts";

const data = mkdtempSync(join(tmpdir(), "secgraph-dispatched-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

test("100 times killed amid calls: every acknowledged action takes effect exactly once", async () => {
  const { faults, ...figures } = await dispatchRounds({ data, rounds: 100, seed: 111, writers: 3 });
  console.log("kill -9, dispatch:", JSON.stringify(figures));
  expect(faults.slice(0, 10)).toEqual([]);
  expect(figures.acknowledged).toBeGreaterThan(1_000);
  expect(figures.repeated).toBeGreaterThan(0);
}, 1_800_000);
