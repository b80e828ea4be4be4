import type { Statement } from "./pipeline.ts";
import type { Connections } from "./connections.ts";
import { cutoff } from "../cutoff.ts";

const system = { kind: "system" } as const;
const now = `(extract(epoch FROM statement_timestamp()) * 1000)`;

/** Deletes so many rows of a table at most; what another has locked is left to it. */
function deletion(table: string, key: readonly string[], condition: string): string {
  const names = key.map((name) => `"${name}"`).join(", ");
  return `DELETE FROM "${table}" WHERE (${names}) IN (SELECT ${names} FROM "${table}" WHERE ${condition} LIMIT $1 FOR UPDATE SKIP LOCKED)`;
}

const answers = deletion("idempotency", ["hub", "app", "path", "key"], `"at" < $2 ORDER BY "at"`);
const records = deletion("records", ["kind", "key"], `"until" < ${now} ORDER BY "until"`);
const rates = deletion("rates", ["tenant", "app", "kind"], `"full" < ${now}`);
/** Done, by somebody who died before it was taken away. */
const done = deletion("leased_work", ["hub", "kind", "key"], `"owner" IS NULL AND "ready" IS NULL AND "note" IS NULL`);

/** Deletes what has outlived its use, so many rows of each kind at most; answers how many of the kind with the most there were. */
export async function forgetExpired(connections: Pick<Connections, "run">, steadyNow: string, most: number): Promise<number> {
  const statements: Statement[] = [{ sql: answers, values: [most, cutoff(steadyNow)] }, ...[records, rates, done].map((sql) => ({ sql, values: [most] }))];
  const counts = [];
  // One after the other: a transaction holds the rows of one table.
  for (const statement of statements) counts.push((await connections.run(system, [statement]))[0]!.count);
  return Math.max(...counts);
}
