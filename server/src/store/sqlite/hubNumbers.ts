import type { HubNumbers } from "../reading.ts";
import type { SqliteConnection } from "./driver.ts";

const most = 10_000;

/** Looks numbers up once: a hub keeps its number for ever. */
export function createHubNumbers(connection: SqliteConnection): HubNumbers {
  const known = new Map<string, number>();
  return (hub) => {
    const kept = known.get(hub);
    if (kept !== undefined) return kept;
    const row = connection.prepare(`SELECT "n" FROM "hubs" WHERE "hub" = ?1`).get([hub]);
    if (row === undefined) return 0;
    if (known.size >= most) known.delete(known.keys().next().value!);
    known.set(hub, Number(row[0]));
    return Number(row[0]);
  };
}
