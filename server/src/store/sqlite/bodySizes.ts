import type { Table } from "../schema.ts";
import type { SqliteConnection } from "./driver.ts";
import type { Transaction } from "./runGroup.ts";

/**
 * How long the longest body of each table can be, in characters, rounded up to a power of two: tells whether a page can
 * be read in one go. Kept in the file, raised with the write that exceeds it.
 */
export interface BodySizes {
  readonly largest: (table: Table) => number;
  /** Notes a body that is about to be written. */
  readonly note: (transaction: Transaction, table: Table, length: number) => void;
}

const smallest = 1024;
const prefix = "largest body: ";

export function readBodySizes(connection: SqliteConnection): BodySizes {
  const rows = connection.prepare(`SELECT "name", "value" FROM "system_values" WHERE "name" >= ?1 AND "name" < ?2`).all([prefix, `${prefix}\u{10FFFF}`]);
  const sizes = new Map(rows.map(([name, value]) => [String(name).slice(prefix.length), Number(value)]));
  const largest = ({ name }: Table): number => sizes.get(name) ?? smallest;
  return {
    largest,
    note({ connection: writing, afterCommit }, table, length) {
      if (length <= largest(table)) return;
      const size = 2 ** Math.ceil(Math.log2(length));
      writing
        .prepare(`INSERT INTO "system_values" VALUES (?1, ?2) ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`)
        .run([prefix + table.name, String(size)]);
      afterCommit(() => void sizes.set(table.name, Math.max(size, largest(table))));
    },
  };
}
