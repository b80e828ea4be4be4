import { chmodSync, closeSync, existsSync, openSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Permitted, Scope } from "../../auth/permitted.ts";
import { instantOf } from "../../base/instant.ts";
import { steadyClock } from "../../base/steadyClock.ts";
import type { Model } from "../../edm/model.ts";
import { createChangeReads } from "../changeReads.ts";
import { createDecisionReads } from "../decisionReads.ts";
import { requirePermitted } from "../reading.ts";
import { schemaOf, type StoreSchema } from "../schema.ts";
import type { Store, StoreEvents, WriteAnswer, WriteSet } from "../store.ts";
import { usualStoreLimits, type StoreLimits } from "../storeLimits.ts";
import { applyWriteSet } from "./applyWriteSet.ts";
import { readBodySizes, type BodySizes } from "./bodySizes.ts";
import { sqliteDialect } from "./dialect.ts";
import { createDirectory, type Directory } from "./directory.ts";
import type { SqliteConnection, SqliteDriver } from "./driver.ts";
import { createFigures } from "./figures.ts";
import { createHubNumbers } from "./hubNumbers.ts";
import { createLeases } from "./leases.ts";
import { migrate, requireKnown, type MigrationEvents } from "./migrate.ts";
import { nodeSqlite } from "./nodeSqlite.ts";
import { configureWriter, defaultSizes, openReader, type ConnectionSizes } from "./openConnection.ts";
import { createPool, type Pool } from "./pool.ts";
import { createReaders } from "./readers.ts";
import { rowsOn } from "./reading.ts";
import { createReads } from "./reads.ts";
import { createRecentPages, type RecentPages } from "./recentPages.ts";
import { createRecentRows, type RecentRows } from "./recentRows.ts";
import { createSystem } from "./system.ts";
import { tellUnreadable } from "./tellUnreadable.ts";
import type { Transaction } from "./runGroup.ts";
import { createUnit } from "./unitOfWork.ts";
import { watchCheckpoints, type Checkpoints } from "./watchCheckpoints.ts";
import { createWriter, type Writer } from "./writer.ts";

export interface SqliteStoreOptions extends StoreLimits {
  /** Path of the data file; made, readable by its owner alone, when it is not there. */
  readonly file: string;
  readonly model: Model;
  readonly driver?: SqliteDriver;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** The same, but never set anew, for what lasts a while; `clock` where that is given. */
  readonly steady?: () => number;
  readonly sizes?: ConnectionSizes;
  readonly migration?: MigrationEvents;
  readonly events?: StoreEvents;
}

const defaults = {
  driver: nodeSqlite,
  clock: Date.now,
  workers: Math.max(1, Math.min(4, availableParallelism() - 1)),
  ...usualStoreLimits,
  sizes: defaultSizes,
  migration: {},
  events: {},
};

/** Opens the store in a SQLite file, migrating it when needed. Throws a plain Error that says why when the file cannot serve. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const settings = { ...defaults, ...options };
  const { steady = options.clock ?? steadyClock } = options;
  const { file, driver, clock, workers, queryBudget, pageBytes, keptBytes, mapBytes, sizes, events } = settings;
  const schema = schemaOf(options.model);
  const connection = openFile(settings, schema);
  const reader = openReader(driver, file, { ...sizes, mapBytes });
  const pool = createPool({ file, sizes, workers, budget: queryBudget, events });
  const writer = createWriter({ connection, driver, clock, steady, events });
  const checkpoints = watchCheckpoints({ connection, driver, file, events });
  const directory = createDirectory(reader);
  const bodies = readBodySizes(reader);
  const recent = createRecentRows((keptBytes * 2) / 3);
  const pages = createRecentPages(keptBytes / 3);
  const reading = {
    dialect: sqliteDialect,
    schema,
    connection: reader,
    recent,
    pages,
    fetch: createReaders(reader, pool, bodies),
    rows: rowsOn(reader),
    numberOf: createHubNumbers(reader),
    now: () => instantOf(clock()),
    steadyNow: () => instantOf(steady()),
    pageBytes,
  };
  const applying = createApplying({ schema, bodies, recent, pages, directory });
  return {
    ...tellUnreadable({ ...createReads(reading), ...createChangeReads(() => reading), ...createDecisionReads(() => reading) }, driver),
    async write(permitted, writeSet) {
      requirePermitted(permitted);
      return writer.submit(applying(permitted, writeSet));
    },
    together: (work) => writer.alone((unit) => work(createUnit({ connection, reading, bodies, applying }, unit))),
    directory: tellUnreadable({ home: directory.home, reachable: directory.reachable }, driver),
    system: createSystem({ schema, reader, writer, pages, recent, forget: directory.forget, steadyNow: reading.steadyNow }),
    leases: createLeases({ reader, writer, steady }),
    ready: writer.ready,
    figures: createFigures({ file, schema, reader, writer, pool, checkpoints }),
    close: createClose({ writer, checkpoints, pool, reader, connection }),
  };
}

interface Memories {
  readonly schema: StoreSchema;
  readonly bodies: BodySizes;
  readonly recent: RecentRows;
  readonly pages: RecentPages;
  readonly directory: Directory;
}

/** Makes the function that makes the task which applies a WriteSet, and lets go of what it changes in memory once it is on disk. */
function createApplying({ schema, bodies, recent, pages, directory }: Memories) {
  return (permitted: Permitted, writeSet: WriteSet) =>
    (transaction: Transaction): WriteAnswer => {
      const { afterCommit } = transaction;
      const answer = applyWriteSet(transaction, { schema, permitted, writeSet, bodies });
      afterCommit(() => recent.forget(writeSet.rows));
      for (const hub of hubsIn(answer, permitted.scope)) afterCommit(() => pages.forget(hub));
      if (writeSet.grants.length > 0 || writeSet.revokes !== undefined || madeHub(permitted.scope)) afterCommit(directory.forget);
      return answer;
    };
}

interface Open {
  readonly writer: Writer;
  readonly checkpoints: Checkpoints;
  readonly pool: Pool;
  readonly reader: SqliteConnection;
  readonly connection: SqliteConnection;
}

function createClose({ writer, checkpoints, pool, reader, connection }: Open): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await writer.drain();
    checkpoints.stop();
    await pool.close();
    reader.close();
    // Last of all, for it brings the log back into the file.
    connection.close();
  };
  return () => (closing ??= close());
}

/** Opens the file for writing, makes it when it is not there, and brings it to the schema. */
function openFile({ file, driver, sizes, migration, events }: SqliteStoreOptions & typeof defaults, schema: StoreSchema): SqliteConnection {
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  const connection = driver.open(file);
  try {
    requireKnown(connection, file);
    configureWriter(connection, sizes);
    migrate(connection, schema, { file, events: { ...events, ...migration } });
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function hubsIn(answer: WriteAnswer, scope: Scope): ReadonlySet<string> {
  const written = answer.kind === "written" ? answer.rows.map(({ hub }) => hub) : [];
  return new Set([...written, ...(scope.kind === "hub" ? [scope.hub.id] : [])]);
}

/** A scope's hub that was not real is so now. */
function madeHub(scope: { readonly kind: "hub"; readonly hub: { readonly real: boolean } } | { readonly kind: "fleet" }): boolean {
  return scope.kind === "fleet" || !scope.hub.real;
}
