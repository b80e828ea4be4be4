import type { Cost } from "../costOf.ts";
import { tooLong } from "../stoppedQuery.ts";
import { failureOf } from "./failure.ts";
import type { Result, Statement } from "./pipeline.ts";

/** Where a statement ran, what it costs a row by its shape, and the milliseconds that it had. */
export interface Stopped {
  readonly run: (statements: readonly Statement[]) => Promise<Result[]>;
  readonly cost: Cost;
  readonly budget: number;
}

/**
 * Units of PostgreSQL's planner that a second does at least, on a slow machine: a hundred thousand on a usual one. What has an estimate above that is dear by
 * itself; what is below it was stopped for other reasons than its own work.
 */
const unitsOfSecond = 10_000;

/** Runs a statement; throws `queryTooCostly` for one that was stopped after its time because of its own work. */
export async function explainStopped(statement: Statement, stopped: Stopped): Promise<Result> {
  try {
    return (await stopped.run([statement]))[0]!;
  } catch (error) {
    if (failureOf(error) !== "time" || !(await isDear(statement, stopped))) throw error;
    const made = tooLong(stopped.budget);
    made.cause = error;
    throw made;
  }
}

/** Lambdas within each other go through elements whose number no planner knows. */
async function isDear({ sql, values }: Statement, { run, cost, budget }: Stopped): Promise<boolean> {
  if (cost.depth > 1) return true;
  try {
    const [plan] = await run([{ sql: `EXPLAIN ${sql}`, values }]);
    const units = Number(/cost=[\d.]+\.\.(\d+)/.exec(String(plan!.rows[0]?.[0]))?.[1] ?? 0);
    return units * 1000 > unitsOfSecond * budget;
  } catch {
    // In a unit of work nothing more can be asked; and who stopped the statement may have stopped the server.
    return false;
  }
}
