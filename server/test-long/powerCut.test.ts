import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { skippedWithoutDisk } from "../test/disk/disk.ts";
import { powerCrash } from "../test/disk/powerCrash.ts";
import { crashRounds } from "../test/process/crashRounds.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-power-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** The promise as it is made: 50 rounds from only what had been synced; every other one with a random part of the rest, torn. */
test.skipIf(skippedWithoutDisk())(
  "50 power cuts under 12 writers: nothing acknowledged is lost, nothing is torn, nothing comes back",
  async () => {
    mkdirSync(join(temp, "disk"));
    const crash = powerCrash({ folder: temp, seed: 50 });
    const report = await crashRounds(crash, { rounds: 50, writers: 12, seed: 50, writes: 1000, window: [0, 300] });
    console.log(`power cut: ${report.line}; ${crash.counts.waiting} changes were not synced, ${crash.counts.kept} of them lasted`);
    expect(report.faults.slice(0, 10)).toEqual([]);
    expect(report.acknowledged).toBeGreaterThanOrEqual(50_000);
    expect(crash.counts.waiting).toBeGreaterThan(1_000);
  },
  3_600_000,
);
