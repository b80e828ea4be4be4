import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Connection } from "pg";

/** A statement that a connection has prepared. */
interface Entry {
  readonly name: string;
  /** The pipeline that used it last. */
  used: number;
}

/** What a connection has prepared, by the statements' texts. */
export interface Prepared {
  readonly entries: Map<string, Entry>;
  /** Texts that were sent to be parsed and are not confirmed yet, in order. */
  readonly pending: string[];
  /** Pipelines so far. */
  turn: number;
}

const most = 500;
const ofConnection = new WeakMap<Connection, Prepared>();
const names = new LRUCache<string, string>({ max: 5000 });

/** The name of a statement: made of its text, so that a name stands for one text on whatever connection it is met. */
export function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) names.set(sql, (name = `s${createHash("sha256").update(sql).digest("base64url").slice(0, 22)}`));
  return name;
}

/** The statements that a connection has prepared, kept in step with what the server confirms. */
export function preparedOf(connection: Connection): Prepared {
  let prepared = ofConnection.get(connection);
  if (prepared === undefined) {
    const made: Prepared = { entries: new Map(), pending: [], turn: 0 };
    connection.on("parseComplete", () => {
      const sql = made.pending.shift();
      if (sql !== undefined) made.entries.set(sql, { name: nameOf(sql), used: made.turn });
    });
    ofConnection.set(connection, (prepared = made));
  }
  return prepared;
}

/** The name of a prepared statement, marked as used just now; undefined for one that is not prepared here. */
export function preparedName({ entries, turn }: Prepared, sql: string): string | undefined {
  const entry = entries.get(sql);
  if (entry === undefined) return undefined;
  entry.used = turn;
  return entry.name;
}

/** Gives up so many names that this many more can be prepared, the least lately used first: the names. None of this turn is among them. */
export function surplusOf({ entries, turn }: Prepared, more: number): string[] {
  const surplus = entries.size + more - most;
  if (surplus <= 0) return [];
  const old = [...entries]
    .filter(([, { used }]) => used !== turn)
    .toSorted(([, one], [, other]) => one.used - other.used)
    .slice(0, surplus);
  for (const [sql] of old) entries.delete(sql);
  return old.map(([, { name }]) => name);
}
