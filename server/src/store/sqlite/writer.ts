import { problem, type Problem } from "../../base/errors.ts";
import { addTo, createHistogram, type GrowingHistogram } from "../../base/histogram.ts";
import type { StoreEvents, StoreFigures } from "../store.ts";
import type { SqliteConnection, SqliteDriver, SqliteFailure } from "./driver.ts";
import { runGroup, type Outcome, type Task, type Transaction } from "./runGroup.ts";

/** The one connection that writes. Waiting tasks share a transaction and are answered after COMMIT; a task may be run a second time. */
export interface Writer {
  readonly submit: <T>(task: (transaction: Transaction) => T) => Promise<T>;
  readonly ready: () => boolean;
  readonly figures: () => StoreFigures["writer"];
  /** Takes nothing more and runs what waits. */
  readonly drain: () => Promise<void>;
}

interface Job {
  readonly task: Task;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}
const largestGroup = 256;
const probeEvery = 1000;

export interface WriterOptions {
  readonly connection: SqliteConnection;
  readonly driver: SqliteDriver;
  readonly clock: () => number;
  /** The same, but never set anew. */
  readonly steady: () => number;
  readonly events?: StoreEvents;
}

export function createWriter(options: WriterOptions): Writer {
  const { driver, connection, events = {} } = options;
  const queue = createQueue(flush);
  let closed = false;
  /** Why writes fail at present; a failed fsync is for ever. */
  let failing: SqliteFailure | undefined;
  let failingSince = 0;
  const counts = createCounts();
  const probe = setInterval(() => void (failing !== undefined && failing !== "sync" && submit(probeTask).catch(() => undefined)), probeEvery);
  probe.unref();

  function submit<T>(task: (transaction: Transaction) => T): Promise<T> {
    if (closed) return Promise.reject(refusal("other"));
    return new Promise<T>((resolve, reject) => queue.add({ task, resolve, reject }));
  }

  function flush(group: readonly Job[]): void {
    if (failing === "sync") return group.forEach(({ reject }) => reject(refusal("sync")));
    let finished;
    const from = performance.now();
    try {
      finished = runGroup(
        group.map(({ task }) => task),
        options,
      );
    } catch (error) {
      const failure = driver.failureOf(error) ?? "other";
      if (failing === undefined) failingSince = performance.now();
      if (failing !== failure) events.writesFailed?.(failure, error);
      failing = failure;
      counts.failures += 1;
      undo(connection);
      for (const { reject } of group) reject(refusal(failing, error));
      return;
    }
    addTo(counts.groups, group.length);
    addTo(counts.commits, performance.now() - from);
    if (failing !== undefined) events.writesResumed?.(performance.now() - failingSince);
    failing = undefined;
    for (const call of finished.afterCommit) call();
    tell(group, finished.outcomes);
  }

  return {
    submit,
    ready: () => !closed && failing === undefined,
    figures: () => ({ waiting: queue.size(), ...counts }),
    async drain() {
      closed = true;
      clearInterval(probe);
      while (queue.size() > 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** What the writer tells of itself. */
function createCounts(): { readonly groups: GrowingHistogram; readonly commits: GrowingHistogram; failures: number } {
  return {
    groups: createHistogram([1, 2, 4, 8, 16, 32, 64, 128, 256]),
    commits: createHistogram([0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000]),
    failures: 0,
  };
}

/** Gathers jobs and hands them on in groups, when the event loop has taken in what had arrived. */
function createQueue(flush: (group: readonly Job[]) => void): { add: (job: Job) => void; size: () => number } {
  let waiting: Job[] = [];
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    setImmediate(flushNext);
  };
  function flushNext(): void {
    scheduled = false;
    const group = waiting.slice(0, largestGroup);
    waiting = waiting.slice(largestGroup);
    schedule();
    flush(group);
  }
  return {
    add(job) {
      waiting.push(job);
      schedule();
    },
    size: () => waiting.length,
  };
}

function tell(group: readonly Job[], outcomes: readonly Outcome[]): void {
  for (const [index, { resolve, reject }] of group.entries()) {
    const outcome = outcomes[index]!;
    if ("error" in outcome) reject(outcome.error);
    else resolve(outcome.answer as never);
  }
}

function probeTask({ connection, now }: Transaction): void {
  connection.prepare(`INSERT INTO "system_values" VALUES ('probe', ?1) ON CONFLICT DO UPDATE SET "value" = excluded."value"`).run([now]);
}

function undo(connection: SqliteConnection): void {
  try {
    if (connection.inTransaction()) connection.exec("ROLLBACK");
  } catch {
    // The failure is told to every member already; SQLite rolls back when the file is opened again.
  }
}

const retry = { headers: { "Retry-After": "1" } };

/** What the members of a failed group are told. */
function refusal(failure: SqliteFailure, cause?: unknown): Problem {
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
