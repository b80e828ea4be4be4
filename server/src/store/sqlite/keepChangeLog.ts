import { horizonOf } from "../horizon.ts";
import type { Tended } from "../store.ts";
import type { SqliteConnection } from "./driver.ts";
import type { Writer } from "./writer.ts";

/** Hubs that are looked at in one go. */
const window = 500;

const last = `SELECT coalesce(max("n"), 0) FROM "hubs"`;
const oldest = `SELECT "n" FROM "hubs" WHERE "n" > ?1 AND "n" <= ?2 AND (SELECT "at" FROM "changes" WHERE "hub" = "n" ORDER BY "seq" LIMIT 1) < ?3 ORDER BY "n"`;
const portion = `SELECT "seq", "at" FROM "changes" WHERE "hub" = ?1 ORDER BY "seq" LIMIT ?2`;
const remove = `DELETE FROM "changes" WHERE "hub" = ?1 AND "seq" <= ?2`;

interface Kept {
  readonly days: number | undefined;
  /** Entries that are deleted at once. */
  readonly most: number;
}

/**
 * Makes what deletes the entries of the change log that are too old: of each hub from its first one on, as far as they are. A call looks at some hubs and
 * deletes some entries, so that neither readers nor writers wait long; the next goes on where it ended.
 */
export function createChangeKeeper(reader: SqliteConnection, writer: Writer): (now: string, kept: Kept) => Promise<Tended> {
  let from = 0;
  return async (now, { days, most }) => {
    if (days === undefined) return "kept";
    const horizon = horizonOf(now, days);
    const hubs = reader.prepare(oldest).all([from, from + window, horizon]);
    if (hubs.length > 0) {
      await writer.submit(({ connection }) => void hubs.reduce((left, [hub]) => left - forget(connection, Number(hub), { horizon, most: left }), most));
      return "more";
    }
    from += window;
    if (from < Number(reader.prepare(last).get([])![0])) return "more";
    from = 0;
    return "kept";
  };
}

/** Deletes the entries of a hub that stand before the first that is kept, so many at most; answers how many. */
function forget(connection: SqliteConnection, hub: number, { horizon, most }: { readonly horizon: string; readonly most: number }): number {
  if (most <= 0) return 0;
  const entries = connection.prepare(portion).all([hub, most]);
  const kept = entries.findIndex(([, at]) => String(at) >= horizon);
  const gone = kept === -1 ? entries.length : kept;
  if (gone > 0) connection.prepare(remove).run([hub, entries[gone - 1]![0]!]);
  return gone;
}
