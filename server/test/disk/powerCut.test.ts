import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { crashRounds } from "../process/crashRounds.ts";
import { skippedWithoutDisk } from "./disk.ts";
import { powerCrash } from "./powerCrash.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-power-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

function emptyDisk(name: string): string {
  mkdirSync(join(temp, name, "disk"), { recursive: true });
  return join(temp, name);
}

/** A longer run: server/test-long/powerCut.test.ts. */
describe.skipIf(skippedWithoutDisk())("power cuts under 12 writers", () => {
  test("what was acknowledged is there, from the very first start on", async () => {
    const crash = powerCrash({ folder: emptyDisk("true"), seed: 4 });
    const report = await crashRounds(crash, { rounds: 3, writers: 12, seed: 4, writes: 200, window: [0, 200] });
    console.log(`power cut: ${report.line}; ${crash.counts.waiting} changes were not synced, ${crash.counts.kept} of them lasted`);
    expect(report.faults.slice(0, 10)).toEqual([]);
    expect(report.acknowledged).toBeGreaterThanOrEqual(600);
    expect(crash.counts.waiting).toBeGreaterThan(0);
  });

  test("a disk that does not sync the log, which is what synchronous=NORMAL asks for, is found out", async () => {
    const crash = powerCrash({ folder: emptyDisk("deaf"), seed: 1, deaf: "-wal" });
    const report = await crashRounds(crash, { rounds: 1, writers: 12, seed: 1, writes: 100, window: [0, 0] });
    console.log(`power cut of a disk that lies: ${report.line}`);
    expect(report.faults.filter((text) => text.startsWith("lost")).length).toBeGreaterThan(10);
  });
});
