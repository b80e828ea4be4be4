import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { syncFolder, writeDurably } from "../../base/durableFile.ts";
import { randomGuid } from "../../base/ids.ts";
import { inspectDatabase } from "../../store/sqlite/inspectDatabase.ts";
import { ConfigurationFault } from "../configuration.ts";
import { lockDataFolder, restoreMark } from "../dataFolder.ts";
import { dataFile } from "../openStore.ts";
import { readArchive } from "./archive.ts";
import { requireRoom } from "./makeBackup.ts";
import type { Manifest } from "./manifest.ts";
import type { RestoredDatabase } from "./fillDatabase.ts";
import { rateProgress } from "./rateProgress.ts";

/** What is restored where. */
export interface RestoreOrder {
  readonly file: string;
  readonly data: string;
  /** PostgreSQL, empty, into which the hubs go instead of the folder. */
  readonly database?: RestoredDatabase | undefined;
  /** What the folder holds is put aside. */
  readonly force: boolean;
  readonly passphrase?: string | undefined;
  readonly progress?: typeof rateProgress;
}

/** What came of it. */
export interface Restored {
  readonly manifest: Manifest;
  /** The folder that now holds what was there before. */
  readonly aside?: string;
}

/**
 * Brings a backup back into a data folder that no server uses. It is unpacked and checked beside what is there; only
 * then files change places. When that is interrupted, no server starts on the folder until the restore is run again.
 */
export async function restoreBackup({ file, data, database, force, passphrase, progress = rateProgress }: RestoreOrder): Promise<Restored> {
  const lock = lockDataFolder(data, "restore");
  const staging = join(data, `.restoring-${randomGuid()}`);
  try {
    const before = readdirSync(data).filter(isContent);
    if (before.length > 0 && !force) {
      throw new ConfigurationFault(
        `The data folder ${data} is not empty. Choose another one with --data, or --force: what it holds is then kept aside within it.`,
      );
    }
    // Of a restore that was interrupted: what it had unpacked is unpacked anew.
    for (const name of readdirSync(data).filter((one) => one.startsWith(".restoring-"))) rmSync(join(data, name), { recursive: true });
    mkdirSync(staging, { mode: 0o700 });
    const manifest = await unpackChecked(file, staging, passphrase, progress);
    if (database !== undefined) await (await import("./fillDatabase.ts")).fillDatabase(staging, database, progress);
    const aside = before.length === 0 ? undefined : join(data, `before-restore-${stamp()}`);
    switchTo({ data, staging, before, aside });
    return { manifest, ...(aside === undefined ? {} : { aside }) };
  } finally {
    rmSync(staging, { recursive: true, force: true });
    lock.release();
  }
}

/** Unpacks a backup into a temporary folder, checks it and throws it away. */
export async function checkBackup(file: string, passphrase: string | undefined, progress = rateProgress): Promise<Manifest> {
  const folder = mkdtempSync(join(tmpdir(), "secgraph-check-"));
  try {
    return await unpackChecked(file, folder, passphrase, progress);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function unpackChecked(file: string, folder: string, passphrase: string | undefined, progress: typeof rateProgress): Promise<Manifest> {
  const accept = ({ files }: Manifest): void =>
    requireRoom(
      folder,
      files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  try {
    const manifest = await readArchive(file, { folder, passphrase, progress: progress("unpacking"), accept });
    const { counts, faults } = inspectDatabase(dataFile(folder), "whole");
    if (faults.length > 0) throw new Error(`Its data are damaged: ${faults.slice(0, 3).join("; ")}.`);
    const { rows } = manifest.store;
    const wrong = Object.keys({ ...rows, ...counts }).find((table) => rows[table] !== counts[table]);
    if (wrong !== undefined) throw new Error(`Its data are not those of its manifest: ${wrong} has ${counts[wrong]} rows, not ${rows[wrong]}.`);
    return manifest;
  } catch (error) {
    if (error instanceof ConfigurationFault || !(error instanceof Error)) throw error;
    throw new ConfigurationFault(`${file} cannot be restored. ${error.message}`);
  }
}

/** What belongs to the installation: not our lock, not what an earlier restore put aside, not what a file system keeps at its root. */
function isContent(name: string): boolean {
  return !/^(?:lock|lock\..*|lost\+found|before-restore-.*|\.restoring-.*|restore\.json)$/.test(name);
}

interface Switch {
  readonly data: string;
  readonly staging: string;
  readonly before: readonly string[];
  readonly aside: string | undefined;
}

/** The old content out, the new one in, each by renaming; the mark stands as long as the folder is neither. */
function switchTo({ data, staging, before, aside }: Switch): void {
  const mark = join(data, restoreMark);
  writeDurably(mark, `${JSON.stringify({ began: new Date().toISOString(), aside })}\n`);
  if (aside !== undefined) {
    mkdirSync(aside, { mode: 0o700 });
    for (const name of before) renameSync(join(data, name), join(aside, name));
    syncFolder(aside);
  }
  for (const name of readdirSync(staging)) renameSync(join(staging, name), join(data, name));
  syncFolder(data);
  rmSync(mark);
  syncFolder(data);
}

function stamp(): string {
  return new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
