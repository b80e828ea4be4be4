import type { Permitted } from "../../auth/permitted.ts";
import { createChangeReads } from "../changeReads.ts";
import { createDecisionReads } from "../decisionReads.ts";
import { requirePermitted, type Reading } from "../reading.ts";
import { valuesOf } from "../sqlText.ts";
import type { UnitOfWork, WriteSet } from "../store.ts";
import { createDirectory } from "./directory.ts";
import type { SqliteConnection } from "./driver.ts";
import { fetchRows } from "./fetchRows.ts";
import { createHubNumbers } from "./hubNumbers.ts";
import { rowsOn, type SqliteReading } from "./reading.ts";
import { createReads } from "./reads.ts";
import type { Task } from "./runGroup.ts";
import type { UnitTransaction } from "./runUnit.ts";
import { hubsWith } from "./system.ts";

/** What units of work are made of. */
export interface UnitParts {
  /** The connection that writes. */
  readonly connection: SqliteConnection;
  /** How the store reads otherwise. */
  readonly reading: SqliteReading;
  /** The task that applies a WriteSet. */
  readonly applying: (permitted: Permitted, writeSet: WriteSet) => Task;
}

/** The store as the requests of one unit see it: everything on the connection of its transaction, nothing from memory, nothing into it. */
export function createUnit({ connection: writing, reading, applying }: UnitParts, { apply, requireOpen }: UnitTransaction): UnitOfWork {
  const connection: SqliteConnection = { ...writing, prepare: (sql, bigints) => (requireOpen(), writing.prepare(sql, bigints)) };
  const own = { connection, fetch: fetchOn(connection), rows: rowsOn(connection), numberOf: createHubNumbers(connection) };
  const within: SqliteReading = { ...reading, ...own, recent: noRows, pages: noPages };
  // Made anew for every look: each write may have changed it.
  const directory = (): ReturnType<typeof createDirectory> => createDirectory(connection);
  return {
    ...createReads(within),
    ...createChangeReads(() => within),
    ...createDecisionReads(() => within),
    async write(permitted, writeSet) {
      requirePermitted(permitted);
      return apply(applying(permitted, writeSet)) as ReturnType<UnitOfWork["write"]>;
    },
    directory: { home: (tenant) => directory().home(tenant), reachable: (tenant, hub) => directory().reachable(tenant, hub) },
    system: { hubs: async () => hubsWith(connection, reading.schema) },
  };
}

const noRows: SqliteReading["recent"] = { find: () => undefined, keep: (_, row) => row, forget: () => undefined, forgetAll: () => undefined };
const noPages: SqliteReading["pages"] = { get: (_, read) => read(), forget: () => undefined };

/** A unit is short, and other threads do not see what it wrote. */
function fetchOn(connection: SqliteConnection): Reading["fetch"] {
  return async ({ sql, parameters, bigints, behind = [] }, run, { budget }) => {
    const statements = [{ sql, parameters }, ...behind].map((text) => ({ sql: text.sql, values: valuesOf(text, run) }));
    return fetchRows(connection, { statements, limit: run.limit, bigints, ...(budget === undefined ? {} : { budget }) });
  };
}
