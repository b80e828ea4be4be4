import type { Step, Transaction } from "./connections.ts";
import type { Result } from "./pipeline.ts";

/** Steps that are sent together, the last of them with COMMIT. */
export interface Script {
  /** Adds steps; `row`: the row of the WriteSet that they write. */
  readonly add: (...steps: readonly TaggedStep[]) => void;
  /** Sends what was added and then this. */
  readonly ask: (step: TaggedStep) => Promise<Result>;
  /** What was added and is not sent. */
  readonly rest: () => readonly TaggedStep[];
}

export interface TaggedStep extends Step {
  readonly row?: number;
}

/** Collects steps; `sending` is told of each list before it is sent, so that a failure can be traced to its step. */
export function createScript({ send }: Transaction, sending: (steps: readonly TaggedStep[]) => void): Script {
  let steps: TaggedStep[] = [];
  return {
    add: (...more) => void steps.push(...more),
    async ask(step) {
      const list = [...steps, step];
      steps = [];
      sending(list);
      return (await send(list)).at(-1)!;
    },
    rest() {
      sending(steps);
      return steps;
    },
  };
}
