import { problem } from "../../base/errors.ts";
import { instantOf } from "../../base/instant.ts";
import { createHubStates } from "./hubStates.ts";
import { run, runMember, type GroupOptions, type Outcome, type Task, type Transaction } from "./runGroup.ts";

/** The transaction of one unit of work, open while its work runs. */
export interface UnitTransaction {
  /** Runs one task at once: its writes are undone when it fails or withdraws, and are seen by all that follows when it does not. */
  readonly apply: (task: Task) => unknown;
  /** Throws once the transaction has ended: who comes late must not work in the next one. */
  readonly requireOpen: () => void;
}

/** What a unit of work made, on disk now. */
export interface FinishedUnit<T> {
  readonly answer: T;
  readonly afterCommit: readonly (() => void)[];
}

/** Milliseconds that a unit may take: all other writes wait for it. */
const longest = 5_000;

/**
 * Runs a unit in a transaction of its own. Throws what `work` rejects with, or the disk's failure, also where `work` took
 * that for the failure of one request; then nothing of it stands.
 */
export async function runUnit<T>(work: (unit: UnitTransaction) => Promise<T>, options: GroupOptions): Promise<FinishedUnit<T>> {
  const { connection } = options;
  const state: State = { open: true, afterCommit: [] };
  run(connection, "BEGIN IMMEDIATE");
  try {
    const answer = await inTime(work(openUnit(state, options))).finally(() => (state.open = false));
    if (state.broken !== undefined) throw state.broken;
    run(connection, "COMMIT");
    return { answer, afterCommit: state.afterCommit };
  } catch (error) {
    if (connection.inTransaction()) connection.exec("ROLLBACK");
    throw state.broken ?? error;
  }
}

interface State {
  open: boolean;
  /** What ended the whole transaction. */
  broken?: Error;
  readonly afterCommit: (() => void)[];
}

function openUnit(state: State, { connection, driver: { failureOf }, clock, steady }: GroupOptions): UnitTransaction {
  const instants = { now: instantOf(clock()), steadyNow: instantOf(steady()) };
  const hubs = createHubStates(connection);
  const member = (task: Task, transaction: Transaction): Outcome => {
    try {
      return runMember(task, transaction, true);
    } catch (error) {
      throw (state.broken = error as Error);
    }
  };
  const requireOpen = (): void => {
    if (!state.open) throw tooSlow();
  };
  return {
    requireOpen,
    apply(task) {
      requireOpen();
      const calls: (() => void)[] = [];
      const outcome = member(task, { connection, hubs, ...instants, failureOf, afterCommit: (call) => void calls.push(call) });
      if ("error" in outcome) throw outcome.error;
      if (!("withdrawn" in outcome)) state.afterCommit.push(...calls);
      // What follows finds the hub.
      hubs.save(instants.now);
      return outcome.answer;
    },
  };
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow()), longest);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function tooSlow(): Error {
  return problem("timeout", { what: `Requests that stand or fall together took longer than ${longest / 1000} seconds; nothing was changed.` });
}
