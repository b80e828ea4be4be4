import type { SpentRate, Store } from "../store.ts";
import type { Connections } from "./connections.ts";

const system = { kind: "system" } as const;
const now = `(extract(epoch FROM statement_timestamp()) * 1000)`;

/** Rows of one statement are taken in one order by all servers. `full`: when the bucket is full again, by the database's clock. */
const spend = `INSERT INTO "rates" ("tenant", "app", "kind", "full")
  SELECT "t", "a", "k", ${now} + sum("s") FROM json_to_recordset($1::json) AS u("t" text, "a" text, "k" text, "s" float8) GROUP BY "t", "a", "k" ORDER BY "t" COLLATE "C", "a" COLLATE "C", "k" COLLATE "C"
  ON CONFLICT ("tenant", "app", "kind") DO UPDATE SET "full" = greatest("rates"."full", ${now}) + (excluded."full" - ${now})
  RETURNING "tenant", "app", "kind", "full" - ${now}`;
/** Makes the place where servers share the buckets of throttled applications: one statement for all that one has to tell. */
export function createRates(connections: Pick<Connections, "transaction">): Store["shareRates"] & {} {
  return async (spent: readonly SpentRate[]) => {
    const names = spent.map(({ tenant, appId, kind }) => [tenant, appId, kind].map(storable));
    const rows = names.map(([t, a, k], index) => ({ t, a, k, s: spent[index]!.spent }));
    const values = [JSON.stringify(rows)];
    const told = await connections.transaction(system, async () => ({ commit: [{ sql: spend, values }], value: ([result]) => result!.rows }));
    const fullIn = new Map(told.map(([tenant, app, kind, wait]) => [JSON.stringify([tenant, app, kind]), Math.max(0, Number(wait))]));
    return names.map((name) => fullIn.get(JSON.stringify(name)) ?? 0);
  };
}

/** PostgreSQL's text has no NUL and no half characters. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
