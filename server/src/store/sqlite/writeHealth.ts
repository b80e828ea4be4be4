import { problem, type Problem } from "../../base/errors.ts";
import { addTo, createHistogram } from "../../base/histogram.ts";
import type { StoreEvents, StoreFigures } from "../store.ts";
import type { SqliteFailure } from "./driver.ts";

/** How writing fares: what was written, and whether the disk takes it at present. */
export interface WriteHealth {
  /** Why writes fail at present; a failed fsync (`sync`) is for ever. */
  readonly failing: () => SqliteFailure | undefined;
  /** A transaction of so many members, begun at `from`, is on disk. */
  readonly succeeded: (members: number, from: number) => void;
  /** A transaction failed as a whole: gives what its members are told. */
  readonly failed: (failure: SqliteFailure, error: unknown) => Problem;
  readonly counts: Omit<StoreFigures["writer"], "waiting">;
}

/** Makes the record, empty. */
export function createWriteHealth(events: StoreEvents): WriteHealth {
  let failing: SqliteFailure | undefined;
  let failingSince = 0;
  const counts = {
    groups: createHistogram([1, 2, 4, 8, 16, 32, 64, 128, 256]),
    commits: createHistogram([0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000]),
    failures: 0,
  };
  return {
    counts,
    failing: () => failing,
    succeeded(members, from) {
      addTo(counts.groups, members);
      addTo(counts.commits, performance.now() - from);
      if (failing !== undefined) events.writesResumed?.(performance.now() - failingSince);
      failing = undefined;
    },
    failed(failure, error) {
      if (failing === undefined) failingSince = performance.now();
      if (failing !== failure) events.writesFailed?.(failure, error);
      failing = failure;
      counts.failures += 1;
      return refusal(failure, error);
    },
  };
}

const retry = { headers: { "Retry-After": "1" } };

/** What is told to who asks for a write that fails so. */
export function refusal(failure: SqliteFailure, cause?: unknown): Problem {
  const made = madeRefusal(failure);
  made.cause = cause;
  return made;
}

function madeRefusal(failure: SqliteFailure): Problem {
  switch (failure) {
    case "full":
      return problem("insufficientStorage", { what: "The disk is full; nothing was written." }, retry);
    case "sync":
      return problem(
        "unavailable",
        { what: "The disk failed to keep what was written. Writes are refused until the server is restarted." },
        { headers: { "Retry-After": "60" } },
      );
    case "readonly":
      return problem("unavailable", { what: "The data cannot be written at present; nothing was changed." }, { headers: { "Retry-After": "5" } });
    default:
      return problem("unavailable", { what: "The change could not be stored; nothing was written. Try again." }, retry);
  }
}
