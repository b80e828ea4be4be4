import { setTimeout as sleep } from "node:timers/promises";
import type { Leases } from "../leases.ts";
import { shapeOf, type StoreSchema } from "../schema.ts";
import type { Connections } from "./connections.ts";
import { lateRowsKind, payloadOf } from "./lateRows.ts";

/** Watches for a newer program that has brought the database forward. */
export interface NewerWatch {
  /** Looks now. */
  readonly look: () => Promise<void>;
  /** Looks for the last time, for two seconds at most. */
  readonly close: () => Promise<void>;
}

interface Watching {
  readonly connections: Pick<Connections, "run">;
  readonly leases: Pick<Leases, "put">;
  readonly schema: StoreSchema;
  /** Milliseconds between two looks. */
  readonly every?: number;
}

const newest = `SELECT "model", "shapes" FROM "schema_versions" ORDER BY "number" DESC LIMIT 1`;

/**
 * As long as a program of an older model serves beside a newer one, what it writes is found by all that only the newer knows once that has
 * gone over the rows. It orders so now and then and when it ends; each order comes due when the next one is given, which covers what was
 * written until then, though the program be killed. Two keys in turns: what waits is not put off.
 */
export function watchNewer({ connections, leases, schema, every = 600_000 }: Watching): NewerWatch {
  let turn = 0;
  async function order(dueIn: number): Promise<void> {
    const [found] = await connections.run({ kind: "system" }, [{ sql: newest, values: [] }]);
    const [model, text] = found!.rows[0] ?? [];
    if (model === undefined || model === schema.model.version) return;
    const shapes = JSON.parse(String(text)) as Readonly<Record<string, string>>;
    const reshaped = schema.tables.filter((table) => shapes[table.place.path] !== undefined && shapes[table.place.path] !== shapeOf(table));
    if (reshaped.length === 0) return;
    turn += 1;
    await leases.put([{ hub: "", kind: lateRowsKind(String(model)), key: `beside ${turn % 2}`, dueIn, payload: payloadOf(reshaped) }]);
  }
  // A database that is away is looked at the next time.
  const look = (): Promise<void> => order(every).catch(() => undefined);
  const timer = setInterval(() => void look(), every).unref();
  return {
    look,
    async close() {
      clearInterval(timer);
      await Promise.race([order(0).catch(() => undefined), sleep(2000, undefined, { ref: false })]);
    },
  };
}
