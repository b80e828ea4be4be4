import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createDisk, skippedWithoutDisk, type Disk } from "../../test/disk/disk.ts";
import { openFaultGround } from "../../test/postgres/faults/faultGround.ts";

/** The server of PostgreSQL may run as another user, who has to reach the disk. */
function openToAll({ env }: Disk): void {
  const { LD_PRELOAD: library = "", SECGRAPH_DISK_CONTROL: control = "" } = env;
  for (const folder of [dirname(library), dirname(control)]) chmodSync(folder, 0o755);
  chmodSync(control, 0o666);
}

test.skipIf(skippedWithoutDisk())("the disk of the tables is full for a while: refused with Retry-After, and nothing is lost, torn or doubled", async () => {
  // As the server of PostgreSQL opens its files, from its folder of data.
  const disk = createDisk({ folder: "base" });
  openToAll(disk);
  const ground = await openFaultGround({ seed: 61, env: disk.env });
  const { patience } = ground;
  try {
    patience.diskMayFill = true;
    const report = await ground.rounds(3, async () => {
      disk.set("space 0");
      const from = disk.given();
      for (const until = Date.now() + 60_000; disk.given() === from && Date.now() < until;) await sleep(20);
      await sleep(1000);
      disk.set();
    });
    console.log(`the disk of the tables is full: ${report.line}`);
    expect(report.faults.slice(0, 10)).toEqual([]);
    expect(disk.given()).toBeGreaterThan(0);
    expect(Math.max(...report.recoveries)).toBeLessThan(10_000);
  } finally {
    await ground.stop();
  }
});
