import { chmodSync } from "node:fs";
import { constants } from "node:os";
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

/** Paths as the server of PostgreSQL opens them, from its folder of data. */
test.skipIf(skippedWithoutDisk()).each([
  ["tables", "base", "space 0"],
  ["write-ahead log", "pg_wal", `write ${constants.errno.ENOSPC} *`],
])("the disk of the %s is full for a while: refused with Retry-After, and nothing is lost, torn or doubled", async (what, folder, full) => {
  const disk = createDisk({ folder });
  openToAll(disk);
  const ground = await openFaultGround({ seed: 61, env: disk.env });
  const { patience, postgres } = ground;
  try {
    patience.diskMayFill = true;
    const report = await ground.rounds(3, async () => {
      disk.set(full);
      const from = disk.given();
      for (const until = Date.now() + 60_000; disk.given() === from && Date.now() < until;) await sleep(20);
      await sleep(1000);
      disk.set();
      // Without room for its log the database ends itself.
      if (folder === "pg_wal") await postgres.halt().then(postgres.resume);
    });
    console.log(`the disk of the ${what} is full: ${report.line}`);
    expect(report.faults.slice(0, 10)).toEqual([]);
    expect(disk.given()).toBeGreaterThan(0);
    expect(Math.max(...report.recoveries)).toBeLessThan(10_000);
  } finally {
    await ground.stop();
  }
});
