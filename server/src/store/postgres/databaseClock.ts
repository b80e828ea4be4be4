import type { Connections } from "./connections.ts";

const now = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8`;

/**
 * A clock in milliseconds since 1970 that is never set anew: the database's time as it was at the start, and as much more as
 * has passed since. Servers that share a database agree on it, whatever their own clocks say.
 */
export async function databaseClock(connections: Pick<Connections, "run">): Promise<() => number> {
  const asked = performance.now();
  const [result] = await connections.run({ kind: "system" }, [{ sql: now, values: [] }]);
  // It was read somewhere between question and answer.
  const origin = Number(result!.rows[0]![0]) - (asked + performance.now()) / 2;
  return () => Math.floor(origin + performance.now());
}
