import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { randomGuid } from "./ids.ts";

/** What a lock file tells: the process that holds it and what it noted. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, as the kernel counts; "" where it does not tell. Tells a reused process id apart. */
  readonly started: string;
  readonly notes: Readonly<Record<string, string>>;
}

/** A lock held by this process. */
export interface FileLock {
  /** Replaces what the lock file tells beside its holder. */
  readonly note: (notes: Readonly<Record<string, string>>) => void;
  readonly release: () => void;
}

const heartbeat = 5_000;
const held = new Set<string>();

/**
 * Takes a lock file. It is made whole under another name and linked into place, which fails when the name is taken
 * (as O_EXCL does), so nobody reads half a lock. A lock whose process has ended is taken over at once; one of another
 * host (a container before this one) when its heartbeat has stopped. Answers the holder when it lives.
 */
export function takeLock(path: string): FileLock | LockHolder {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (linkNew(path)) return heldLock(path);
    const text = readText(path);
    const holder = livingHolder(path, text);
    if (holder !== undefined) return holder;
    if (text !== undefined) removeStale(path, text);
  }
  throw new Error(`The lock ${path} changes hands too fast.`);
}

/** Waits for a lock file and runs short work (rewriting a file) under it. */
export async function withLock<T>(path: string, work: () => T | Promise<T>, patience = 10_000): Promise<T> {
  const until = performance.now() + patience;
  for (;;) {
    const lock = held.has(path) ? undefined : takeLock(path);
    if (lock !== undefined && "release" in lock) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (performance.now() > until) throw new Error(`The lock ${path} is held by process ${lock?.pid ?? process.pid}.`);
    await sleep(10 + Math.random() * 20);
  }
}

/** The living process that holds a lock file, with what it noted; undefined when nobody does. */
export function lockHolder(path: string): LockHolder | undefined {
  return livingHolder(path, readText(path));
}

/** True when the lock file is ours now; false when the name is taken. */
function linkNew(path: string): boolean {
  const own = `${path}.${randomGuid()}`;
  try {
    writeFileSync(own, ownHolder({}), { mode: 0o600 });
    linkSync(own, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    return createNew(path);
  } finally {
    rmSync(own, { force: true });
  }
}

/** For file systems without hard links. */
function createNew(path: string): boolean {
  try {
    writeFileSync(path, ownHolder({}), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function heldLock(path: string): FileLock {
  held.add(path);
  const beat = setInterval(() => touch(path), heartbeat).unref();
  return {
    note(notes) {
      writeFileSync(`${path}.note`, ownHolder(notes), { mode: 0o600 });
      renameSync(`${path}.note`, path);
    },
    release() {
      clearInterval(beat);
      if (held.delete(path)) rmSync(path, { force: true });
    },
  };
}

function ownHolder(notes: LockHolder["notes"]): string {
  const holder: LockHolder = { pid: process.pid, host: hostname(), started: startOf("self"), notes };
  return JSON.stringify(holder);
}

function livingHolder(path: string, text: string | undefined): LockHolder | undefined {
  if (text === undefined) return undefined;
  let holder: LockHolder;
  try {
    holder = JSON.parse(text) as LockHolder;
  } catch {
    return undefined;
  }
  // A touch that is to come was made before the clock was set back: by one who lives it would have been made again.
  if (holder.host !== hostname()) return Math.abs(sinceTouched(path)) < 3 * heartbeat ? holder : undefined;
  if (holder.pid === process.pid) return held.has(path) ? holder : undefined;
  return isAlive(holder) ? holder : undefined;
}

/** Takes a dead lock away, and puts it back when another process had renewed it meanwhile. */
function removeStale(path: string, text: string): void {
  const aside = `${path}.${randomGuid()}`;
  try {
    renameSync(path, aside);
    if (readText(aside) !== text) linkSync(aside, path);
  } catch {
    // Another process was faster; the caller looks again.
  }
  rmSync(aside, { force: true });
}

function isAlive(holder: LockHolder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return holder.started === startOf(String(holder.pid));
}

/** The start of a process in clock ticks since boot (proc(5), field 22 of `stat`); "ended" for one that only waits for its parent's notice; "" where there is no /proc. */
function startOf(pid: string): string {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return "";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "");
}

function sinceTouched(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder was taken away; nothing to keep alive.
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
