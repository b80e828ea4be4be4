import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { skippedWithoutDisk } from "./disk.ts";
import { openPatient } from "./sickRounds.ts";
import { expectReading, expectTruth, figures, illnesses, openWard } from "./ward.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-sick-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** More illnesses: server/test-long/sickDisk.test.ts. */
describe.skipIf(skippedWithoutDisk())("a sick disk is told truthfully", () => {
  test.each(illnesses.slice(0, 2))(
    "$name: nothing is acknowledged that is not there, reads go on, and all is well soon after",
    async (illness) => {
      await expectTruth(openWard(temp, illness.name), illness);
      expect.hasAssertions();
    },
    120_000,
  );

  test("a failed fsync: nothing is acknowledged until a restart, reads go on, the log says it once", async () => {
    const { disk, start, faultsOfFile } = openWard(temp, "sync");
    const server = await start();
    const patient = await openPatient(server);
    await patient.writeUntil("acknowledged", 100);
    disk.set("sync 5 -wal");
    await patient.writeUntil("refused", 50);
    disk.set();
    await patient.writeUntil("refused", 50);
    expect(new Set(patient.told.refused.values())).toEqual(new Set([503]));
    await expectReading(patient);
    server.signal("SIGTERM");
    await server.ended;
    // Behind its end: until then the line may be on its way.
    expect(
      server
        .stderr()
        .split("\n")
        .filter((line) => line.includes("store.writes_failed")),
    ).toEqual([expect.stringContaining("failure=sync")]);
    const again = await start();
    const after = await openPatient(again, patient.told);
    await after.writeUntil("acknowledged", 50);
    const faults = await after.recount();
    await again.kill();
    console.log(figures("a failed fsync", after, { faults }));
    expect(faults).toEqual([]);
    expect(faultsOfFile()).toEqual([]);
  });
});
