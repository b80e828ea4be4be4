import type { SqliteConnection, SqliteDriver } from "./driver.ts";

/** How many KB of pages each connection keeps, and how much of the file it maps. */
export interface ConnectionSizes {
  readonly cacheKilobytes: number;
  readonly mapBytes: number;
}

/** Each connection's map counts as memory of the process: the one that most reads use alone has one, as the store's limits say. */
export const defaultSizes: ConnectionSizes = { cacheKilobytes: 16_384, mapBytes: 0 };

/** Settings of the connection that writes: a commit returns when the change is on disk. Every one is explicit, for libraries differ. */
export function configureWriter(connection: SqliteConnection, sizes: ConnectionSizes): void {
  connection.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA foreign_keys = OFF;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA temp_store = MEMORY;
    ${sized(sizes)}`);
}

/** Opens a connection that only reads. */
export function openReader(driver: SqliteDriver, file: string, sizes: ConnectionSizes): SqliteConnection {
  const connection = driver.open(file, { readOnly: true });
  connection.exec(`PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; ${sized(sizes)}`);
  return connection;
}

function sized({ cacheKilobytes, mapBytes }: ConnectionSizes): string {
  return `PRAGMA cache_size = -${Math.floor(cacheKilobytes)}; PRAGMA mmap_size = ${Math.floor(mapBytes)};`;
}
