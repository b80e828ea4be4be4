import type { Table } from "../schema.ts";
import type { Row, RowWrite } from "../store.ts";

/** Where a row lies: its table, its hub, and the keys of the rows that contain it. */
export interface RowPlace {
  readonly table: Table;
  readonly hub: string;
  readonly parents: readonly string[];
}

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
}

interface Kept {
  readonly table: Table;
  readonly row: Row;
}

/** Of one generation. */
const mostBytes = 8 * 1024 * 1024;
/** A row of this many characters is read from the file every time. */
const longestBody = 64 * 1024;
/** What an entry takes beside its body. */
const overhead = 400;

/**
 * Makes the memory, empty. It holds two generations: what is read moves to the young one, and when that is full it becomes
 * the old one, whose rows are given up. So a look-up is one of a Map. Rows of one id push each other out: ids are GUIDs
 * unless somebody insists.
 */
export function createRecentRows(): RecentRows {
  let young = new Map<string, Kept>();
  let old = new Map<string, Kept>();
  let bytes = 0;

  function add(kept: Kept): void {
    bytes += kept.row.body.length + overhead;
    if (bytes > mostBytes) {
      old = young;
      young = new Map();
      bytes = kept.row.body.length + overhead;
    }
    young.set(kept.row.id, kept);
  }

  return {
    find({ table, hub, parents }, id) {
      let kept = young.get(id);
      if (kept === undefined) {
        kept = old.get(id);
        if (kept !== undefined) add(kept);
      }
      return kept !== undefined && kept.table === table && kept.row.hub === hub && isSame(kept.row.parents, parents) ? kept.row : undefined;
    },
    keep({ table }, row) {
      if (row !== undefined && row.body.length < longestBody) add({ table, row });
      return row;
    },
    forget(changed) {
      if (changed.some(takesMore)) {
        young.clear();
        old.clear();
      }
      for (const { id } of changed) {
        young.delete(id);
        old.delete(id);
      }
    },
  };
}

/** What a deleted row contains goes with it. */
function takesMore({ put, place }: RowWrite): boolean {
  return put === null && (place.children.size > 0 || place.definition.hub !== undefined);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
