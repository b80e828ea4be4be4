import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Connection } from "pg";

/** What a connection has prepared, the least lately used first. */
export interface Prepared {
  readonly names: Map<string, true>;
  /** Names that were sent to be parsed and are not confirmed yet, in order. */
  readonly pending: string[];
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
    const made: Prepared = { names: new Map(), pending: [] };
    connection.on("parseComplete", () => {
      const name = made.pending.shift();
      if (name !== undefined && name !== "") made.names.set(name, true);
    });
    ofConnection.set(connection, (prepared = made));
  }
  return prepared;
}

/** Marks a name as just used; false when it is not prepared here. */
export function isPrepared({ names: known }: Prepared, name: string): boolean {
  if (!known.delete(name)) return false;
  known.set(name, true);
  return true;
}

/** The name to be given up for another one, when the connection has enough. */
export function surplusOf({ names: known }: Prepared): string | undefined {
  if (known.size < most) return undefined;
  const oldest = known.keys().next().value!;
  known.delete(oldest);
  return oldest;
}
