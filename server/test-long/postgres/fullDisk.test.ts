import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { createDisk, skippedWithoutDisk, type Disk } from "../../test/disk/disk.ts";
import { asSuperuser } from "../../test/postgres/databases.ts";
import { openFaultGround, type FaultGround } from "../../test/postgres/faults/faultGround.ts";
import { mountSmallDisk } from "../../test/postgres/faults/smallDisk.ts";

/** Milliseconds from the moment there is room again until a write is acknowledged. */
const healthy = 10_000;

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
    expect(Math.max(...report.recoveries)).toBeLessThan(healthy);
  } finally {
    await ground.stop();
  }
});

/** Writers see it, and it lasts a while; the database may go down on it, and is started again by whoever watches over it once there is room. */
async function whileFull({ postgres, patience }: FaultGround, { fill, free }: { readonly fill: () => void; readonly free: () => void }): Promise<void> {
  const refusals = (): number => [...patience.refusals.values()].reduce((sum, count) => sum + count, 0);
  const before = refusals();
  const end = Date.now() + 60_000;
  for (fill(); refusals() === before && Date.now() < end; fill()) await sleep(20);
  for (const until = Date.now() + 2000; Date.now() < until; fill()) await sleep(100);
  free();
  const isThere = (): Promise<boolean> => asSuperuser(postgres.url, "SELECT 1").then(() => true, () => false); // prettier-ignore
  for (const until = Date.now() + 60_000; !(await isThere()) && Date.now() < until; await sleep(50)) if (!postgres.isUp()) await postgres.resume();
}

const disk = mountSmallDisk(48);
afterAll(() => disk?.remove());
if (disk === undefined) console.log("Skipped: a full disk of the write-ahead log needs a file system of its own, which only root can mount, on Linux.");

test.skipIf(disk === undefined)(
  "the disk of the write-ahead log is full for a while: refused with Retry-After, and nothing is lost, torn or doubled",
  async () => {
    const settings = { min_wal_size: "2MB", max_wal_size: "8MB", wal_recycle: "off" };
    const ground = await openFaultGround({ seed: 62, walFolder: disk!.folder, settings });
    try {
      ground.patience.diskMayFill = true;
      const report = await ground.rounds(5, (struck) => whileFull(struck, disk!));
      const panics = ground.postgres.log().match(/PANIC:.*No space left on device/g) ?? [];
      console.log(`the disk of the write-ahead log is full: ${report.line}; PostgreSQL went down on it ${panics.length} times`);
      expect(report.faults.slice(0, 10)).toEqual([]);
      expect(panics.length).toBeGreaterThan(0);
      expect(Math.max(...report.recoveries)).toBeLessThan(healthy);
    } finally {
      await ground.stop();
    }
  },
);
