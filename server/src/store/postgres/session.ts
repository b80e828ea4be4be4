import { DatabaseError } from "./databaseError.ts";
import { connectPrimary } from "./primaryClient.ts";

/** One connection of its own, for what takes long: migrations, copies. What fails is a `DatabaseError`. */
export interface Session {
  /** Runs a statement: its rows as arrays, of texts and null as the driver reads them. */
  readonly rows: (sql: string, values?: readonly unknown[]) => Promise<readonly (readonly unknown[])[]>;
  /** Runs work in a transaction. */
  readonly transaction: <T>(work: () => Promise<T>) => Promise<T>;
  /** Another connection to the same. */
  readonly beside: () => Promise<Session>;
  readonly end: () => Promise<void>;
}

/** Connects. */
export async function openSession(url: string): Promise<Session> {
  const client = await connectPrimary(url, { application_name: "secgraph", connectionTimeoutMillis: 10_000, keepAlive: true }).catch(rethrow);
  const rows: Session["rows"] = async (text, values = []) => {
    const result = await client.query<unknown[]>({ text, values: [...values], rowMode: "array" }).catch(rethrow);
    return result.rows;
  };
  return {
    rows,
    async transaction(work) {
      await rows("BEGIN");
      try {
        const value = await work();
        await rows("COMMIT");
        return value;
      } catch (error) {
        await rows("ROLLBACK").catch(() => undefined);
        throw error;
      }
    },
    beside: () => openSession(url),
    end: () => client.end(),
  };
}

function rethrow(error: Error): never {
  throw new DatabaseError(error);
}
