/** Lets the writes to one row of this process run one after the other; rows do not wait for each other. */
export interface RowQueue {
  readonly run: <T>(row: string, work: () => Promise<T>) => Promise<T>;
}

/**
 * Makes the queue. It only spares work: a write is still decided on a version and decided anew when that moved,
 * which is what protects rows from other processes.
 */
export function createRowQueue(): RowQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    async run(row, work) {
      const before = last.get(row);
      const mine = before === undefined ? work() : before.then(work, work);
      last.set(row, mine);
      try {
        return await mine;
      } finally {
        if (last.get(row) === mine) last.delete(row);
      }
    },
  };
}
