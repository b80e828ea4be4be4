import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { randomGuid } from "./ids.ts";

/**
 * Replaces a file whole: readers see the old or the new content and nothing between, also after a power cut
 * (the file and its folder are synced). The mode is the file's from its first byte on.
 */
export function writeDurably(path: string, content: string, mode = 0o600): void {
  const temporary = `${path}.${randomGuid()}.new`;
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** Windows cannot open a folder for syncing; its file system journals the rename. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
