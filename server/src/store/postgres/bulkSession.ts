import type { Cells } from "../transfer/ends.ts";
import { copyIn } from "./copyIn.ts";
import { DatabaseError } from "./databaseError.ts";
import { connectPrimary } from "./primaryClient.ts";

/** A connection of its own for much at once; values come as PostgreSQL prints them. What fails is a `DatabaseError`. */
export interface BulkSession {
  readonly rows: (sql: string, values?: readonly (string | number | null)[]) => Promise<readonly Cells[]>;
  /** Runs statements without values, one round trip. */
  readonly script: (sql: string) => Promise<void>;
  /** `COPY ... FROM STDIN`. */
  readonly copyIn: (sql: string, rows: readonly Cells[]) => Promise<number>;
  readonly end: () => Promise<void>;
}

/** Connects; nothing in this session ends for the time it takes. */
export async function openBulkSession(url: string): Promise<BulkSession> {
  const client = await connectPrimary(url, { application_name: "secgraph transfer", connectionTimeoutMillis: 10_000, keepAlive: true }).catch(rethrow);
  const types = { getTypeParser: () => (text: string) => text };
  const rows: BulkSession["rows"] = async (text, values = []) =>
    (await client.query<(string | null)[]>({ text, values: [...values], rowMode: "array", types }).catch(rethrow)).rows;
  const script = async (sql: string): Promise<void> => void (await client.query(sql).catch(rethrow));
  return { rows, script, copyIn: (sql, portion) => copyIn(client, sql, portion), end: () => client.end() };
}

function rethrow(error: Error): never {
  throw new DatabaseError(error);
}
