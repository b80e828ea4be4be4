import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a disk is made with. */
export interface DiskSettings {
  /** Absolute; what lies in it is watched. */
  readonly folder: string;
  /** Where to note every change, for `powerCut`; none without it. */
  readonly journal?: string;
  /** The fsync of files with this ending is not carried out and said to be: what a drive does that lies. */
  readonly deaf?: string;
}

/** A disk between a process and its files that fails on command (`disk.c`). */
export interface Disk {
  /** The environment that puts it under a process. */
  readonly env: Readonly<Record<string, string>>;
  /** Faults from now on, in the words of `disk.c`: `write 5 *`, `space 0`, `clock 3600000`. None: the disk is well. */
  readonly set: (...rules: readonly string[]) => void;
  /** Calls that have failed by command so far. */
  readonly given: () => number;
}

const controlBytes = 65_536;

const build = buildLibrary();

/** Why there is no such disk on this machine; undefined where there is one. */
export const noDisk: string | undefined = "missing" in build ? build.missing : undefined;

/** Tells once, on a line of its own, why tests that need the disk are skipped. */
export function skippedWithoutDisk(): boolean {
  if (noDisk !== undefined) console.log(`Skipped: ${noDisk}`);
  return noDisk !== undefined;
}

/** Makes a disk. Throws where there is no compiler. */
export function createDisk({ folder, journal, deaf }: DiskSettings): Disk {
  if ("missing" in build) throw new Error(build.missing);
  const control = join(mkdtempSync(join(build.folder, "control-")), "control");
  writeFileSync(control, Buffer.alloc(controlBytes), { mode: 0o600 });
  let generation = 0n;
  return {
    env: {
      LD_PRELOAD: build.library,
      SECGRAPH_DISK_FOLDER: folder,
      SECGRAPH_DISK_CONTROL: control,
      ...(journal === undefined ? {} : { SECGRAPH_DISK_JOURNAL: journal }),
      ...(deaf === undefined ? {} : { SECGRAPH_DISK_DEAF: deaf }),
    },
    set(...rules) {
      const text = Buffer.alloc(controlBytes - 16);
      text.write(rules.join("\n"));
      withFile(control, (file) => {
        writeSync(file, text, 0, text.length, 16);
        writeSync(file, numberBytes((generation += 1n)), 0, 8, 0);
      });
    },
    given: () =>
      withFile(control, (file) => {
        const bytes = Buffer.alloc(8);
        readSync(file, bytes, 0, 8, 8);
        return Number(bytes.readBigUInt64LE());
      }),
  };
}

/** An empty journal in place of the one that was. */
export function emptyJournal(journal: string): void {
  writeFileSync(journal, "", { flag: "a", mode: 0o600 });
  truncateSync(journal, 0);
}

type Built = { readonly library: string; readonly folder: string } | { readonly missing: string };

/** Compiles `disk.c` with the machine's own compiler, into a folder that goes with the tests. */
function buildLibrary(): Built {
  if (process.platform !== "linux") return { missing: `the disk that fails on command is made for Linux, this is ${process.platform}.` };
  const folder = mkdtempSync(join(tmpdir(), "secgraph-disk-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, "disk.so");
  const args = [
    "-std=gnu17",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-shared",
    "-fPIC",
    "-o",
    library,
    join(import.meta.dirname, "disk.c"),
    "-ldl",
    "-lpthread",
  ];
  const { status, stderr, error } = spawnSync("cc", args, { encoding: "utf8" });
  if (error !== undefined) return { missing: "the disk that fails on command needs a C compiler named cc, and there is none." };
  if (status !== 0) return { missing: `the disk that fails on command cannot be compiled here: ${stderr.trim().split("\n")[0]}` };
  return { library, folder };
}

function numberBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, "r+");
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
