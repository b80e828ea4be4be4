import { parentPort, workerData } from "node:worker_threads";
import { inspectDatabase } from "./inspectDatabase.ts";
import { nodeSqlite } from "./nodeSqlite.ts";

/** What is copied where. */
export interface SnapshotOrder {
  readonly file: string;
  readonly copy: string;
}

/** Copies a data file and looks the copy over. */
const { file, copy } = workerData as SnapshotOrder;
const connection = nodeSqlite.open(file, { readOnly: true });
try {
  connection.exec("PRAGMA busy_timeout = 5000");
  connection.prepare("VACUUM INTO ?1").run([copy]);
} finally {
  connection.close();
}
parentPort!.postMessage(inspectDatabase(copy, "whole"), []);
