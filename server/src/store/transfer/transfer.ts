import type { TableShape } from "../tableShapes.ts";
import type { TransferSource, TransferTarget } from "./ends.ts";
import { createTally } from "./tally.ts";

/** A transfer to be made. */
export interface TransferOrder {
  readonly source: TransferSource;
  readonly target: TransferTarget;
  /** The tables, without those that every database has for itself. */
  readonly shapes: readonly TableShape[];
  /** What has to be in place beside the rows before the target may be served. */
  readonly before?: () => Promise<void>;
  /** Told what is done, and rows done of all. */
  readonly progress: (stage: "copying" | "comparing") => (done: number, all: number) => void;
}

/** What became of a table. */
export interface TransferredTable {
  readonly name: string;
  readonly rows: number;
  /** Sum of the hashes of its rows as they were read. */
  readonly tally: string;
  /** Whether as many rows, with the same content, were found in the target afterwards as were read. */
  readonly same: boolean;
}

/** Outcome of a transfer: it is finished only when all tables are the same. */
export interface Transferred {
  readonly tables: readonly TransferredTable[];
  /** Rows that an earlier run had written, which was cut. */
  readonly resumed: number;
}

/**
 * Copies every row with its numbers and sequences, some thousand at a time, each portion together with the mark of how far
 * it came; then reads the target as a whole and compares number and content of rows, table by table.
 */
export async function transfer(order: TransferOrder): Promise<Transferred> {
  const { source, target, shapes, progress } = order;
  const marks = await target.begin(source.fingerprint);
  const resumed = shapes.reduce((sum, { name }) => sum + (marks.get(name)?.count ?? 0), 0);
  const all = shapes.reduce((sum, { name }) => sum + (source.counts.get(name) ?? 0), 0);
  const copying = progress("copying");
  let done = resumed;
  copying(done, all + 1);
  const read = new Map<string, { readonly rows: number; readonly tally: string }>();
  for (const shape of shapes) {
    const mark = marks.get(shape.name);
    const tally = createTally(mark);
    for await (const { rows, after } of source.read(shape, mark?.after)) {
      tally.add(rows);
      await target.write(shape, rows, { count: tally.count(), tally: tally.text(), after });
      done += rows.length;
      copying(done, Math.max(all, done + 1));
    }
    read.set(shape.name, { rows: tally.count(), tally: tally.text() });
  }
  copying(done, done);
  const tables = await compare(order, read, done);
  if (tables.every(({ same }) => same)) {
    await order.before?.();
    await target.finish(await source.leaseToken());
  }
  return { tables, resumed };
}

type Read = ReadonlyMap<string, { readonly rows: number; readonly tally: string }>;

async function compare({ target, shapes, progress }: TransferOrder, read: Read, all: number): Promise<TransferredTable[]> {
  const comparing = progress("comparing");
  let done = 0;
  const tables: TransferredTable[] = [];
  for (const shape of shapes) {
    const tally = createTally();
    for await (const rows of target.read(shape)) {
      tally.add(rows);
      done += rows.length;
      comparing(done, Math.max(all, done + 1));
    }
    const { rows, tally: wanted } = read.get(shape.name)!;
    tables.push({ name: shape.name, rows, tally: wanted, same: tally.count() === rows && tally.text() === wanted });
  }
  comparing(done, done);
  return tables;
}
