import type { Permitted } from "../../auth/permitted.ts";
import { createChangeReads } from "../changeReads.ts";
import { createDecisionReads } from "../decisionReads.ts";
import { requirePermitted, type Reading } from "../reading.ts";
import { valuesOf } from "../sqlText.ts";
import type { UnitOfWork, WriteSet } from "../store.ts";
import { createDirectory } from "./directory.ts";
import { tooCostly } from "../stoppedQuery.ts";
import type { BodySizes } from "./bodySizes.ts";
import type { SqliteConnection } from "./driver.ts";
import { fetchRows } from "./fetchRows.ts";
import { createHubNumbers } from "./hubNumbers.ts";
import { createStepsOf, type StepsOf } from "./readers.ts";
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
  readonly bodies: Pick<BodySizes, "largest">;
  /** The task that applies a WriteSet. */
  readonly applying: (permitted: Permitted, writeSet: WriteSet) => Task;
}

/** The store as the requests of one unit see it: everything on the connection of its transaction, nothing from memory, nothing into it. */
export function createUnit({ connection: writing, reading, bodies, applying }: UnitParts, { apply, requireOpen }: UnitTransaction): UnitOfWork {
  const connection: SqliteConnection = { ...writing, prepare: (sql, bigints) => (requireOpen(), writing.prepare(sql, bigints)) };
  const own = { connection, fetch: fetchOn(connection, createStepsOf(connection, bodies)), rows: rowsOn(connection), numberOf: createHubNumbers(connection) };
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

/** Steps after which all that waits for the unit would wait too long: some seconds. */
const mostSteps = 20_000_000;

/** A unit is short, and other threads do not see what it wrote: what may take long is refused, for nothing could stop it. */
function fetchOn(connection: SqliteConnection, stepsOf: StepsOf): Reading["fetch"] {
  return async (compiled, run, { table, budget }) => {
    if (stepsOf(compiled, table).steps > mostSteps) throw tooCostly("may read too much for a unit of work, which all other writes wait for,");
    const { sql, parameters, bigints, behind = [] } = compiled;
    const statements = [{ sql, parameters }, ...behind].map((text) => ({ sql: text.sql, values: valuesOf(text, run) }));
    return fetchRows(connection, { statements, limit: run.limit, bigints, ...(budget === undefined ? {} : { budget }) });
  };
}
