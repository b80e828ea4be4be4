import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { crashEnv } from "../process/crashRounds.ts";
import { inspectFile } from "../process/inspectFile.ts";
import { program, startServer, type ServerProcess } from "../process/server.ts";
import { createDisk, type Disk } from "./disk.ts";
import { openPatient, untilWell, type Patient } from "./sickRounds.ts";

/** A server over a disk that fails on command. */
export interface Ward {
  readonly disk: Disk;
  readonly data: string;
  readonly start: () => Promise<ServerProcess>;
  /** Where the stored data contradict themselves, once the server is gone. */
  readonly faultsOfFile: () => readonly string[];
}

/** Makes the data folder and the disk below it. */
export function openWard(folder: string, name: string): Ward {
  const data = join(folder, name.replaceAll(/\W+/g, "-"));
  mkdirSync(data);
  const disk = createDisk({ folder: data });
  return {
    disk,
    data,
    start: () => startServer({ command: [...program, "emulator"], data, env: { ...crashEnv, ...disk.env } }),
    faultsOfFile: () => inspectFile(join(data, "secgraph.sqlite")).faults,
  };
}

/** What a disk does wrong, in the words of `disk.c`, and the status that every write gets meanwhile. */
export interface Illness {
  readonly name: string;
  readonly rules: readonly string[];
  readonly status: 503 | 507;
}

/** EROFS for everything that changes a disk. */
const readOnly = ["write", "truncate", "open", "create", "rename", "unlink", "mkdir", "link", "times"].map((call) => `${call} 30 *`);

/** ENOSPC is 28, EIO 5, EROFS 30, EDQUOT 122 on Linux. */
export const illnesses: readonly Illness[] = [
  { name: "a full disk", rules: ["space 0", "create 28 *"], status: 507 },
  { name: "a read-only disk", rules: readOnly, status: 503 },
  { name: "a disk with room for part of a write", rules: ["space 5000", "create 28 *"], status: 507 },
  { name: "a disk that fails to write", rules: ["write 5 *"], status: 503 },
  { name: "a used-up quota", rules: ["write 122 *", "create 122 *"], status: 503 },
];

/** Well, sick, well again: no write is acknowledged that is not there, none refused that is, reads go on, and the end is soon noticed. */
export async function expectTruth({ disk, start, faultsOfFile }: Ward, { name, rules, status }: Illness): Promise<void> {
  const server = await start();
  const patient = await openPatient(server);
  await patient.writeUntil("acknowledged", 100);
  disk.set(...rules);
  await patient.writeUntil("refused", 50);
  expect(new Set(patient.told.refused.values())).toEqual(new Set([status]));
  expect(disk.given()).toBeGreaterThan(0);
  await expectReading(patient);
  disk.set();
  const back = await untilWell(patient);
  expect(await patient.probe("/readyz")).toBe(200);
  await patient.writeUntil("acknowledged", 50);
  const faults = await patient.recount();
  server.signal("SIGTERM");
  expect((await server.ended).code).toBe(0);
  console.log(figures(name, patient, { faults, back }));
  expect(faults).toEqual([]);
  expect(faultsOfFile()).toEqual([]);
}

/** Reads are answered, the process lives, and it does not call itself ready. */
export async function expectReading(patient: Patient): Promise<void> {
  expect(await patient.read()).toEqual([200]);
  expect([await patient.probe("/healthz"), await patient.probe("/readyz")]).toEqual([200, 503]);
}

/** All of it in one line. */
export function figures(name: string, { told }: Patient, { faults, back }: { readonly faults: readonly string[]; readonly back?: number }): string {
  const lost = faults.filter((text) => text.startsWith("lost")).length;
  const again = back === undefined ? "" : `, back in ${Math.round(back)} ms`;
  return `${name}: ${told.acknowledged.size} writes acknowledged, ${told.refused.size} refused: ${lost} lost, ${faults.length - lost} other faults${again}`;
}
