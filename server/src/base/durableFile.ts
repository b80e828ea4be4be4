import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { randomGuid } from "./ids.ts";

/**
 * Replaces a file whole: readers see the old or the new content and nothing between, also after a power cut
 * (the file and its folder are synced). It is its owner's alone from its first byte on.
 */
export function writeDurably(path: string, content: string): void {
  const temporary = `${path}.${randomGuid()}.new`;
  try {
    const file = openSync(temporary, "wx", 0o600);
    try {
      const bytes = Buffer.from(content);
      // A disk that is nearly full takes a part.
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameDurably(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes a folder for its owner alone, with what is missing above it; what was made is there after a power cut too. */
export function makeFolderDurably(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const end = resolve(first).length;
  for (let made = resolve(path); made.length >= end; made = dirname(made)) syncFolder(dirname(made));
}

/** Gives a file another name, also after a power cut; its content has to be synced already. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** Makes sure of a file that another library has written, and of its name. */
export function syncDurably(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(dirname(path));
}

/** Puts the names in a folder on disk. Windows cannot open a folder for syncing; its file system journals the rename. Nor can anybody where only entering is allowed. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  let handle;
  try {
    handle = openSync(folder, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return;
    throw error;
  }
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
