import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createDisk, emptyJournal, skippedWithoutDisk } from "../test/disk/disk.ts";
import { readJournal } from "../test/disk/journal.ts";
import { followDisk } from "../test/disk/powerCut.ts";
import { openPatient, untilWell } from "../test/disk/sickRounds.ts";
import { expectTruth, figures, illnesses, openWard } from "../test/disk/ward.ts";
import { crashEnv } from "../test/process/crashRounds.ts";
import { inspectFile } from "../test/process/inspectFile.ts";
import { program, startServer } from "../test/process/server.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-sick-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** The others: server/test/disk/sickDisk.test.ts. */
describe.skipIf(skippedWithoutDisk())("a sick disk is told truthfully", () => {
  test.each(illnesses.slice(2))("$name: nothing is acknowledged that is not there, reads go on, and all is well soon after", async (illness) => {
    await expectTruth(openWard(temp, illness.name), illness);
    expect.hasAssertions();
  });

  test("a disk that fails to read: 503 in Graph's shape, and all is well when it reads again", async () => {
    const { disk, start, faultsOfFile } = openWard(temp, "read");
    // A mapped file that cannot be read ends any process (SIGBUS), so this disk maps none.
    disk.set("map 12 .sqlite");
    const server = await start();
    const patient = await openPatient(server);
    await patient.writeUntil("acknowledged", 100);
    disk.set("map 12 .sqlite", "read 5 .sqlite", "read 5 -wal");
    const statuses = await patient.read();
    expect(statuses).toContain(503);
    expect(await patient.probe("/healthz")).toBe(200);
    disk.set("map 12 .sqlite");
    const back = await untilWell(patient);
    expect(await patient.read()).toEqual([200]);
    const faults = await patient.recount();
    await server.kill();
    console.log(figures("a disk that fails to read", patient, { faults, back }));
    expect(faults).toEqual([]);
    expect(faultsOfFile()).toEqual([]);
  });

  test("no room for the index of the log, and a kill: what was acknowledged is there", async () => {
    const { disk, start, faultsOfFile } = openWard(temp, "index");
    disk.set("write 28 -shm");
    await expect(start()).rejects.toThrow(/cannot be opened: disk I\/O error/);
    disk.set();
    const server = await start();
    const patient = await openPatient(server);
    disk.set("write 28 -shm", "truncate 28 -shm");
    await patient.writeUntil("acknowledged", 3000);
    await server.kill();
    disk.set();
    const again = await start();
    const faults = (await (await openPatient(again, patient.told)).recount()).filter((text) => !text.startsWith("undead"));
    await again.kill();
    console.log(figures("no room for the index of the log", patient, { faults }));
    expect(faults).toEqual([]);
    expect(faultsOfFile()).toEqual([]);
  });

  test("a checkpoint whose fsync fails, then a power cut: the log still has all that was acknowledged", async () => {
    const [folder, journal] = [join(temp, "checkpoint"), join(temp, "checkpoint.journal")];
    const data = join(folder, "data");
    mkdirSync(folder);
    const disk = createDisk({ folder, journal });
    const start = () => startServer({ command: [...program, "emulator"], data, env: { ...crashEnv, ...disk.env } });
    emptyJournal(journal);
    const followed = followDisk(folder);
    const server = await start();
    disk.set("sync 5 .sqlite");
    const patient = await openPatient(server);
    const isTold = (): boolean => `${server.stdout()}${server.stderr()}`.includes("store.checkpoint_failed failure=sync");
    // More than the 20 MB after which the log should have been brought into the file.
    for (let part = 0; part < 15 && !isTold(); part += 1) await patient.writeUntil("acknowledged", 1000);
    expect([disk.given() > 1, isTold()]).toEqual([true, true]);
    expect(await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()).toMatch(/^secgraph_store_checkpoint_failures_total [1-9]/m);
    expect(await patient.probe("/readyz")).toBe(200);
    await server.kill();
    const changes = readJournal(journal);
    followed.follow(changes);
    followed.cut();
    disk.set();
    const again = await start();
    const faults = await (await openPatient(again, patient.told)).recount();
    await again.kill();
    console.log(
      figures(`a checkpoint whose fsync fails ${changes.filter(({ kind }) => kind === "failedSync").length} times, and a power cut`, patient, { faults }),
    );
    expect(faults).toEqual([]);
    expect(inspectFile(join(data, "secgraph.sqlite")).faults).toEqual([]);
  });
});
