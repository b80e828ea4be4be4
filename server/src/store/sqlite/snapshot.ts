import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { DatabaseFacts } from "./inspectDatabase.ts";
import { nodeSqlite } from "./nodeSqlite.ts";
import type { SnapshotOrder } from "./snapshotWorker.ts";

const source = new URL(import.meta.url.endsWith(".ts") ? "./snapshotWorker.ts" : "./snapshotWorker.js", import.meta.url);
const lookEvery = 200;

/** Told how many bytes are written of about how many. */
export type SnapshotProgress = (done: number, all: number) => void;

/**
 * Copies a data file as it stands in one moment into a new file (0600), checked as a whole. Works beside a server that
 * writes, in a process of its own: writers are not held up, and the write-ahead log grows until the copy is made. What
 * was deleted is not copied. Everything that was committed before the call is in the copy.
 */
export async function snapshot(file: string, copy: string, progress: SnapshotProgress): Promise<DatabaseFacts> {
  const all = sizeOfContent(file);
  closeSync(openSync(copy, "wx", 0o600));
  const timer = setInterval(() => progress(Math.min(all, statSync(copy).size), all), lookEvery);
  try {
    progress(0, all);
    const facts = await copyInWorker({ file, copy });
    progress(all, all);
    return facts;
  } finally {
    clearInterval(timer);
    chmodSync(copy, 0o600);
  }
}

/** A worker, for SQLite copies in one call and progress shall be shown meanwhile. */
function copyInWorker(order: SnapshotOrder): Promise<DatabaseFacts> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, { workerData: order });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("The copying worker ended.")));
  });
}

function sizeOfContent(file: string): number {
  const connection = nodeSqlite.open(file, { readOnly: true });
  try {
    const read = (name: string): number => Number(connection.prepare(`PRAGMA ${name}`).get([])?.[0] ?? 0);
    return (read("page_count") - read("freelist_count")) * read("page_size");
  } finally {
    connection.close();
  }
}
