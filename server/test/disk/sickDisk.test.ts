import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { crashEnv } from "../process/crashRounds.ts";
import { inspectFile } from "../process/inspectFile.ts";
import { program, startServer, type ServerProcess } from "../process/server.ts";
import { createDisk, skippedWithoutDisk, type Disk } from "./disk.ts";
import { openPatient, untilWell } from "./sickRounds.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-sick-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const everyChange = (errno: number) =>
  ["write", "truncate", "open", "create", "rename", "unlink", "mkdir", "link", "times"].map((call) => `${call} ${errno} *`);

interface Ward {
  readonly disk: Disk;
  readonly data: string;
  readonly start: () => Promise<ServerProcess>;
}

function ward(name: string): Ward {
  const data = join(temp, name);
  mkdirSync(data);
  const disk = createDisk({ folder: data });
  return { disk, data, start: () => startServer({ command: [...program, "emulator"], data, env: { ...crashEnv, ...disk.env } }) };
}

/** ENOSPC, EIO, EROFS, EDQUOT by their numbers on Linux. */
const illnesses: readonly (readonly [string, readonly string[], number])[] = [
  ["a full disk", ["space 0", "create 28 *"], 507],
  ["a disk with room for part of a write", ["space 5000", "create 28 *"], 507],
  ["a read-only disk", everyChange(30), 503],
  ["a disk that fails to write", ["write 5 *"], 503],
  ["a used-up quota", ["write 122 *", "create 122 *"], 503],
];

describe.skipIf(skippedWithoutDisk())("a sick disk is told truthfully", () => {
  test.each(illnesses)(
    "%s: no write is acknowledged that is not there, reads go on, and all is well soon after",
    { timeout: 120_000 },
    async (name, rules, status) => {
      const { disk, data, start } = ward(name.replaceAll(" ", "-"));
      const server = await start();
      const patient = await openPatient(server);
      await patient.writeUntil("acknowledged", 100);
      disk.set(...rules);
      await patient.writeUntil("refused", 50);
      expect(new Set(patient.told.refused.values())).toEqual(new Set([status]));
      expect(disk.given()).toBeGreaterThan(0);
      expect(await patient.read()).toEqual([200]);
      expect([await patient.probe("/healthz"), await patient.probe("/readyz")]).toEqual([200, 503]);
      disk.set();
      const back = await untilWell(patient);
      expect(await patient.probe("/readyz")).toBe(200);
      await patient.writeUntil("acknowledged", 50);
      const faults = await patient.recount();
      server.signal("SIGTERM");
      expect((await server.ended).code).toBe(0);
      console.log(
        `${name}: ${patient.told.acknowledged.size} acknowledged, ${patient.told.refused.size} refused, ${faults.length} faults, back in ${Math.round(back)} ms`,
      );
      expect(faults).toEqual([]);
      expect(inspectFile(join(data, "secgraph.sqlite")).faults).toEqual([]);
    },
  );

  test("a failed fsync: nothing is acknowledged until a restart, reads go on", { timeout: 120_000 }, async () => {
    const { disk, data, start } = ward("fsync");
    const server = await start();
    const patient = await openPatient(server);
    await patient.writeUntil("acknowledged", 100);
    disk.set("sync 5 -wal");
    await patient.writeUntil("refused", 50);
    disk.set();
    await patient.writeUntil("refused", 50);
    expect(new Set(patient.told.refused.values())).toEqual(new Set([503]));
    expect(await patient.read()).toEqual([200]);
    expect([await patient.probe("/healthz"), await patient.probe("/readyz")]).toEqual([200, 503]);
    server.signal("SIGTERM");
    await server.ended;
    const again = await start();
    const after = await openPatient(again, patient.told);
    await after.writeUntil("acknowledged", 50);
    const faults = await after.recount();
    console.log(`a failed fsync: ${after.told.acknowledged.size} acknowledged, ${after.told.refused.size} refused, ${faults.length} faults`);
    await again.kill();
    expect(faults).toEqual([]);
    expect(inspectFile(join(data, "secgraph.sqlite")).faults).toEqual([]);
  });

  test("a disk that fails to read: 503 in Graph's shape, and all is well when it reads again", { timeout: 120_000 }, async () => {
    const { disk, data, start } = ward("read");
    // A mapped file that cannot be read ends any process (SIGBUS), so this disk maps none.
    disk.set("map 12 .sqlite");
    const server = await start();
    const patient = await openPatient(server);
    await patient.writeUntil("acknowledged", 100);
    disk.set("map 12 .sqlite", "read 5 .sqlite", "read 5 -wal");
    const statuses = await patient.read();
    expect(await patient.probe("/healthz")).toBe(200);
    disk.set("map 12 .sqlite");
    await untilWell(patient);
    expect(await patient.read()).toEqual([200]);
    const faults = await patient.recount();
    console.log(`a disk that fails to read: reads answer ${statuses.join()}, ${faults.length} faults`);
    await server.kill();
    expect(faults).toEqual([]);
    expect(inspectFile(join(data, "secgraph.sqlite")).faults).toEqual([]);
  });
});
