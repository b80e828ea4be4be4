import { spawnSync } from "node:child_process";
import { chownSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unprivileged } from "../startPostgres.ts";

/** A file system of a few megabytes that tests fill to its last byte and empty again. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all room that is left, again and again: what the server frees is taken too. */
  readonly fill: () => void;
  readonly free: () => void;
  readonly remove: () => void;
}

/** Mounts one in memory; undefined where this user may mount nothing (only root may, on Linux). */
export function mountSmallDisk(megabytes: number): SmallDisk | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return undefined;
  const mounted = mkdtempSync(join(tmpdir(), "secgraph-small-"));
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "secgraph-test", mounted]).status !== 0) {
    rmSync(mounted, { recursive: true });
    return undefined;
  }
  const user = unprivileged()!;
  const folder = mkdtempSync(join(mounted, "wal-"));
  for (const path of [mounted, folder]) chownSync(path, user.uid, user.gid);
  const filler = join(mounted, "filler");
  return {
    folder,
    fill: () => fillUp(filler),
    free: () => rmSync(filler, { force: true }),
    remove() {
      spawnSync("umount", [mounted]);
      rmSync(mounted, { recursive: true, force: true });
    },
  };
}

function fillUp(file: string): void {
  const handle = openSync(file, "a");
  try {
    for (const piece of [Buffer.alloc(65_536), Buffer.alloc(4096)]) while (writeWhole(handle, piece));
  } finally {
    closeSync(handle);
  }
}

function writeWhole(handle: number, piece: Buffer): boolean {
  try {
    return writeSync(handle, piece) === piece.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
