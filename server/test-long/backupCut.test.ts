import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createDisk, emptyJournal, skippedWithoutDisk } from "../test/disk/disk.ts";
import { readJournal } from "../test/disk/journal.ts";
import { followDisk } from "../test/disk/powerCut.ts";
import { openPatient, type Told } from "../test/disk/sickRounds.ts";
import { crashEnv } from "../test/process/crashRounds.ts";
import { inspectFile } from "../test/process/inspectFile.ts";
import { randomOf } from "../test/process/randomOf.ts";
import { program, runToEnd, startServer } from "../test/process/server.ts";

const temp = mkdtempSync(join(tmpdir(), "secgraph-backup-"));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const [folder, data, archive, journal] = [join(temp, "disk"), join(temp, "disk", "data"), join(temp, "disk", "backup.tar.gz"), join(temp, "journal")];
const emulator = [...program, "emulator"];

async function run(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runToEnd({ command: [...program, ...args, "--data", data], env });
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
}

/** A server's data with so many writes more; what was acknowledged so far. */
async function writeMore(count: number, told?: Told): Promise<Told> {
  const server = await startServer({ command: emulator, data, env: crashEnv });
  const patient = await openPatient(server, told);
  await patient.writeUntil("acknowledged", count);
  await patient.recount();
  server.signal("SIGTERM");
  await server.ended;
  return patient.told;
}

async function recount(told: Told): Promise<readonly string[]> {
  const server = await startServer({ command: emulator, data, env: crashEnv });
  const faults = await (await openPatient(server, told)).recount();
  server.signal("SIGTERM");
  await server.ended;
  return [...faults, ...inspectFile(join(data, "secgraph.sqlite")).faults];
}

describe.skipIf(skippedWithoutDisk())("power cuts at backup and restore", () => {
  test("a backup that was told to be made is there; a restore that is cut anywhere is run again, and brings it all", async () => {
    mkdirSync(folder);
    const told = await writeMore(50);
    const { env } = createDisk({ folder, journal });
    emptyJournal(journal);
    const backing = followDisk(folder);
    await run(env, "backup", "--to", archive);
    backing.follow(readJournal(journal));
    backing.cut();
    // Written after the backup: gone with the restore.
    await writeMore(5);

    const before = join(temp, "before");
    cpSync(folder, before, { recursive: true });
    emptyJournal(journal);
    await run(env, "restore", archive, "--force");
    const changes = readJournal(journal);
    const random = randomOf(11);
    const cuts = 8;
    for (let cut = 0; cut < cuts; cut += 1) {
      rmSync(folder, { recursive: true });
      cpSync(before, folder, { recursive: true });
      const followed = followDisk(folder);
      // Most changes are the unpacking; where files change places is at the end.
      const at = cut % 2 === 0 ? random.between(changes.length - 40, changes.length) : random.between(0, changes.length);
      followed.follow(changes.slice(0, at));
      followed.cut(cut % 3 === 0 ? undefined : random);
      await run({}, "restore", archive, "--force");
      expect([at, await recount(told)]).toEqual([at, []]);
      expect(readdirSync(data).filter((name) => name.startsWith(".restoring-"))).toEqual([]);
    }
    console.log(`power cuts at restore: ${cuts} rounds within ${changes.length} changes, ${told.acknowledged.size} writes acknowledged: 0 lost`);
  }, 600_000);
});
