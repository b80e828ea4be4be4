import { createRecent } from "../../base/recent.ts";
import type { RowPlace } from "../rowByKey.ts";
import type { Table } from "../schema.ts";
import type { Row, RowWrite } from "../store.ts";
import { keptSize } from "./keptSize.ts";

/**
 * Rows that were read by their key lately, as they are on disk. Reads of one row cost more in file locks than in
 * anything else, and one process has the file to itself: whoever writes forgets what it wrote, after COMMIT and before
 * the write is answered.
 */
export interface RecentRows {
  readonly find: (place: RowPlace, id: string) => Row | undefined;
  /** Gives back what it was given. */
  readonly keep: (place: RowPlace, row: Row | undefined) => Row | undefined;
  /** Forgets what a change wrote: rows of these ids in whatever table and hub, and all when it reached further than the rows it named. */
  readonly forget: (changed: readonly RowWrite[]) => void;
  readonly forgetAll: () => void;
}

interface Kept {
  readonly table: Table;
  readonly row: Row;
}

/** A row of this many characters is read from the file every time. */
const longestBody = 64 * 1024;

/** Makes the memory, empty, for so many bytes, what is printed of the rows included. Rows of one id push each other out: ids are GUIDs unless somebody insists. */
export function createRecentRows(bytes: number): RecentRows {
  const rows = createRecent<Kept>({ most: bytes, weigh: ({ row }) => keptSize(row) });
  return {
    find({ table, hub, parents }, id) {
      const kept = rows.find(id);
      return kept !== undefined && kept.table === table && kept.row.hub === hub && isSame(kept.row.parents, parents) ? kept.row : undefined;
    },
    keep({ table }, row) {
      if (row !== undefined && row.body.length < longestBody) rows.keep(row.id, { table, row });
      return row;
    },
    forget(changed) {
      if (changed.some(takesMore)) rows.forgetAll();
      // What is new was never read.
      for (const { id, expect } of changed) if (expect !== "absent") rows.forget(id);
    },
    forgetAll: () => rows.forgetAll(),
  };
}

/** What a deleted row contains goes with it. */
function takesMore({ put, place }: RowWrite): boolean {
  return put === null && (place.children.size > 0 || place.definition.hub !== undefined);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
