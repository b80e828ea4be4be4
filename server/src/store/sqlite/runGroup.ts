import { instantOf } from "../../base/instant.ts";
import type { SqliteConnection, SqliteDriver } from "./driver.ts";
import { createHubStates, type HubStates } from "./hubStates.ts";

/** What a task may use while it runs inside the group's transaction. */
export interface Transaction {
  readonly connection: SqliteConnection;
  readonly hubs: HubStates;
  /** The instant of the group. */
  readonly now: string;
  /** The same by a clock that is never set anew. */
  readonly steadyNow: string;
  readonly failureOf: SqliteDriver["failureOf"];
  /** Called once the group is on disk, unless this task was withdrawn. */
  readonly afterCommit: (call: () => void) => void;
}

/** A piece of writing; deterministic, for it may be run twice. */
export type Task = (transaction: Transaction) => unknown;

/** Thrown by a task that changes nothing after all: its writes are undone, the others of the group stand, and `answer` is its result. */
export class Withdrawn extends Error {
  readonly answer: unknown;

  constructor(answer: unknown) {
    super("withdrawn");
    this.answer = answer;
  }
}

export type Outcome = { readonly answer: unknown } | { readonly error: unknown };

/** What became of a group that is on disk now. */
export interface Finished {
  readonly outcomes: readonly Outcome[];
  readonly afterCommit: readonly (() => void)[];
}

/** A member had written something when it failed: without a savepoint the group must be run anew. */
class NeedsSavepoints extends Error {}

/** What transactions are run with. */
export interface GroupOptions {
  readonly connection: SqliteConnection;
  readonly driver: SqliteDriver;
  readonly clock: () => number;
  readonly steady: () => number;
}

/**
 * Runs a group in one transaction. Throws when the transaction as a whole failed: then nothing of it stands.
 * Savepoints copy every page that a member touches, so they are left out at first; should a member fail after it
 * has written, the group is rolled back and run again with them.
 */
export function runGroup(tasks: readonly Task[], options: GroupOptions): Finished {
  const instants = { now: instantOf(options.clock()), steadyNow: instantOf(options.steady()) };
  try {
    return attempt(tasks, { ...options, ...instants, savepoints: false });
  } catch (error) {
    if (!(error instanceof NeedsSavepoints)) throw error;
    run(options.connection, "ROLLBACK");
    return attempt(tasks, { ...options, ...instants, savepoints: true });
  }
}

interface Attempt extends GroupOptions, Pick<Transaction, "now" | "steadyNow"> {
  readonly savepoints: boolean;
}

function attempt(tasks: readonly Task[], { connection, driver: { failureOf }, now, steadyNow, savepoints }: Attempt): Finished {
  run(connection, "BEGIN IMMEDIATE");
  const hubs = createHubStates(connection);
  const committed: (() => void)[] = [];
  const outcomes = tasks.map((task) => {
    const calls: (() => void)[] = [];
    const transaction: Transaction = { connection, hubs, now, steadyNow, failureOf, afterCommit: (call) => void calls.push(call) };
    const outcome = runMember(task, transaction, savepoints);
    if ("answer" in outcome && !("withdrawn" in outcome)) committed.push(...calls);
    return outcome;
  });
  hubs.save(now);
  run(connection, "COMMIT");
  return { outcomes, afterCommit: committed };
}

/** Runs one task of a transaction; one that fails leaves nothing behind. */
export function runMember(task: Task, transaction: Transaction, savepoints: boolean): Outcome {
  const { connection, hubs } = transaction;
  const before = savepoints ? 0 : connection.changes();
  if (savepoints) run(connection, "SAVEPOINT member");
  hubs.begin();
  try {
    const answer = task(transaction);
    if (savepoints) run(connection, "RELEASE member");
    return { answer };
  } catch (error) {
    if (endsGroup(error, transaction)) throw error;
    hubs.undo();
    if (savepoints) {
      run(connection, "ROLLBACK TO member");
      run(connection, "RELEASE member");
    } else if (connection.changes() !== before) {
      throw new NeedsSavepoints();
    }
    return error instanceof Withdrawn ? ({ answer: error.answer, withdrawn: true } as Outcome) : { error };
  }
}

/** A full or failing disk may have ended the whole transaction: that is the failure of all. */
function endsGroup(error: unknown, { connection, failureOf }: Transaction): boolean {
  const failure = failureOf(error);
  return (failure !== undefined && failure !== "constraint" && failure !== "other") || !connection.inTransaction();
}

/** Runs a statement that is prepared once: these stand around every write. */
export function run(connection: SqliteConnection, sql: string): void {
  connection.prepare(sql).run([]);
}
