import type { StoreEvents, StoreFigures } from "../store.ts";
import type { SqliteConnection, SqliteDriver } from "./driver.ts";
import { runGroup, type Finished, type Outcome, type Task, type Transaction } from "./runGroup.ts";
import { runUnit, type UnitTransaction } from "./runUnit.ts";
import { createWriteHealth, refusal, type WriteHealth } from "./writeHealth.ts";
import { createWriteQueue } from "./writeQueue.ts";

/** The one connection that writes. Waiting tasks share a transaction and are answered after COMMIT; a task may be run a second time. */
export interface Writer {
  readonly submit: <T>(task: (transaction: Transaction) => T) => Promise<T>;
  /** Runs a unit of work in a transaction of its own; all tasks behind it wait. */
  readonly alone: <T>(work: (unit: UnitTransaction) => Promise<T>) => Promise<T>;
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
  const health = createWriteHealth(options.events ?? {});
  const writing: Writing = { ...options, health };
  const queue = createWriteQueue((group: readonly Job[]) => writeGroup(group, writing));
  let closed = false;
  const probe = setInterval(() => {
    if (health.failing() !== undefined && health.failing() !== "sync") submit(probeTask).catch(() => undefined);
  }, probeEvery);
  probe.unref();

  function submit<T>(task: (transaction: Transaction) => T): Promise<T> {
    if (closed) return Promise.reject(refusal("other"));
    return new Promise<T>((resolve, reject) => queue.add({ task, resolve, reject }));
  }

  return {
    submit,
    alone(work) {
      if (closed) return Promise.reject(refusal("other"));
      return new Promise((resolve, reject) => queue.addSolo(() => writeAlone(work, writing).then(resolve, reject)));
    },
    ready: () => !closed && health.failing() === undefined,
    figures: () => ({ waiting: queue.size(), ...health.counts }),
    async drain() {
      closed = true;
      clearInterval(probe);
      while (queue.size() > 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

interface Writing extends WriterOptions {
  readonly health: WriteHealth;
}

function writeGroup(group: readonly Job[], writing: Writing): void {
  const { health, connection, driver } = writing;
  if (health.failing() === "sync") return group.forEach(({ reject }) => reject(refusal("sync")));
  const tasks = group.map(({ task }) => task);
  const from = performance.now();
  let finished: Finished;
  try {
    finished = runGroup(tasks, writing);
  } catch (error) {
    undo(connection);
    const told = health.failed(driver.failureOf(error) ?? "other", error);
    return group.forEach(({ reject }) => reject(told));
  }
  health.succeeded(group.length, from);
  for (const call of finished.afterCommit) call();
  tell(group, finished.outcomes);
}

async function writeAlone<T>(work: (unit: UnitTransaction) => Promise<T>, writing: Writing): Promise<T> {
  const { health, driver } = writing;
  if (health.failing() === "sync") throw refusal("sync");
  const from = performance.now();
  try {
    const { answer, afterCommit } = await runUnit(work, writing);
    health.succeeded(1, from);
    for (const call of afterCommit) call();
    return answer;
  } catch (error) {
    const failure = driver.failureOf(error);
    throw failure === undefined ? error : health.failed(failure, error);
  }
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
