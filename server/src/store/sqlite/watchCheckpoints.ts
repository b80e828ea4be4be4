import { statSync } from "node:fs";
import type { StoreEvents } from "../store.ts";
import type { SqliteConnection, SqliteDriver } from "./driver.ts";

/** The watch over the write-ahead log. */
export interface Checkpoints {
  readonly failures: () => number;
  readonly stop: () => void;
}

interface WatchOptions {
  /** The connection that writes. */
  readonly connection: SqliteConnection;
  readonly driver: SqliteDriver;
  readonly file: string;
  readonly events?: StoreEvents;
}

const every = 10_000;
/** A COMMIT that makes the log larger than 4000 pages brings it into the file, and begins it anew. */
const largest = 5000 * 4096;

/**
 * SQLite says nothing when it cannot bring its log into the data file after a COMMIT: what was committed is safe in the
 * log, which grows. So a log that has grown is brought in by a statement of its own, whose failure is told.
 */
export function watchCheckpoints({ connection, driver, file, events = {} }: WatchOptions): Checkpoints {
  let failures = 0;
  let failingSince: number | undefined;
  function look(): void {
    if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) <= largest) return;
    try {
      connection.exec("PRAGMA wal_checkpoint(PASSIVE)");
      if (failingSince !== undefined) events.checkpointResumed?.(performance.now() - failingSince);
      failingSince = undefined;
    } catch (error) {
      failures += 1;
      if (failingSince === undefined) events.checkpointFailed?.(driver.failureOf(error) ?? "other", error);
      failingSince ??= performance.now();
    }
  }
  const timer = setInterval(look, every).unref();
  return { failures: () => failures, stop: () => clearInterval(timer) };
}
