import type { Caller } from "../../auth/caller.ts";
import { addTo, createHistogram } from "../../base/histogram.ts";
import { instantOf } from "../../base/instant.ts";
import type { Model } from "../../edm/model.ts";
import { requirePermitted } from "../reading.ts";
import { schemaOf } from "../schema.ts";
import type { Store, StoreEvents, UnitOfWork } from "../store.ts";
import { usualStoreLimits, type StoreLimits } from "../storeLimits.ts";
import { applyWriteSet } from "./applyWriteSet.ts";
import { createConnections, type Connections } from "./connections.ts";
import { databaseClock } from "./databaseClock.ts";
import { createFigures } from "./figures.ts";
import { createHealth } from "./health.ts";
import { createHints } from "./hints.ts";
import { createDirectory } from "./hubDirectory.ts";
import { createLateRows, lateRowsKind } from "./lateRows.ts";
import { watchNewer } from "./watchNewer.ts";
import { createLeases } from "./leases.ts";
import { prepareDatabase } from "./prepareDatabase.ts";
import { createLastWrites } from "./lastWrites.ts";
import { createReplicas, positionOf, type Replicas } from "./replicas.ts";
import { createRates } from "./rates.ts";
import { createReads } from "./reads.ts";
import { createScanGate } from "./scanGate.ts";
import { createSystem, hubs } from "./system.ts";
import { tellFailures } from "./tellFailures.ts";
import type { MigrationEvents } from "./migrate.ts";

export interface PostgresStoreOptions extends StoreLimits {
  /** `postgres://user:password@host:port/database`: the login that serves. */
  readonly url: string;
  /** The URL of the database's owner, who makes and changes its tables; where it is not given, the login that serves is the owner too. */
  readonly ownerUrl?: string;
  readonly model: Model;
  /** Connections at most. */
  readonly connections?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** The same, but never set anew, for what lasts a while; `clock` where that is given. */
  readonly steady?: () => number;
  /** Hot standbys that reads may be answered by, and the seconds that one may be behind. */
  readonly replicaUrls?: readonly string[];
  readonly replicaLag?: number;
  readonly migration?: MigrationEvents;
  readonly events?: StoreEvents;
}

const defaults = {
  ...usualStoreLimits,
  connections: 10,
  clock: Date.now,
  replicaUrls: [] as readonly string[],
  replicaLag: 10,
  migration: {},
  events: {} as StoreEvents,
};

/** Opens the store in a PostgreSQL database, migrating it when needed. Throws a plain Error that says why when the database cannot serve. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const settings = { ...defaults, ...options };
  const { url, clock, queryBudget, pageBytes, connections: most, events } = settings;
  const schema = schemaOf(options.model);
  const state = await prepareDatabase({ ...settings, schema, events: { ...events, ...settings.migration } });
  const health = createHealth(events);
  const connections = createConnections({ url, connections: most, queryBudget, onFailure: health.failed, positions: settings.replicaUrls.length > 0 });
  health.watch(connections);
  const steady = options.steady ?? options.clock ?? (await databaseClock(connections));
  const directory = createDirectory(connections);
  const scans = createScanGate(options.workers ?? Math.max(1, most >> 1));
  const commits = createHistogram([0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000]);
  const lastWrites = createLastWrites();
  const replicas = openReplicas(settings, connections);
  const instants = { now: () => instantOf(clock()), steadyNow: () => instantOf(steady()) };
  const parts = { lastWrites, replicas, schema, connections, directory, scans, queryBudget, pageBytes, ...instants };
  const write = createWrite(parts, (milliseconds) => addTo(commits, milliseconds));
  const hints = createHints({ url });
  const leases = createLeases(connections, hints);
  const newer = watchNewer({ connections, leases, schema });
  if (state === "outgrown") {
    events.outgrown?.();
    await newer.look();
  }
  const close = async (): Promise<void> => {
    await newer.close();
    await health.close();
    await hints.close();
    await replicas?.close();
    await connections.close();
  };
  let closing: Promise<void> | undefined;
  return {
    ...tellFailures({ ...createReads(parts), write }),
    together: together(parts),
    directory: tellFailures({ home: directory.home, reachable: directory.reachable }),
    system: tellFailures(createSystem(parts)),
    ...(replicas === undefined ? {} : { consistency: lastWrites }),
    leases,
    steady,
    shareRates: createRates(connections),
    lateRows: { kind: lateRowsKind(options.model.version), bring: createLateRows(url, schema) },
    ready: health.ready,
    figures: createFigures({ ...parts, commits, health }),
    close: () => (closing ??= close()),
  };
}

type ReplicaSettings = Required<Pick<PostgresStoreOptions, "replicaUrls" | "replicaLag" | "connections" | "queryBudget">>;

function openReplicas({ replicaUrls, replicaLag, connections, queryBudget }: ReplicaSettings, primary: Connections): Replicas | undefined {
  if (replicaUrls.length === 0) return undefined;
  return createReplicas({ urls: replicaUrls, lag: replicaLag * 1000, connections, queryBudget, primary });
}

/** Units of work: the same reads and writes, all on the connection of one transaction. What the hubs were before is remembered by nobody. */
function together(parts: Parts): Store["together"] {
  const { together: telling } = tellFailures({ together: (work: (unit: UnitOfWork) => Promise<unknown>) => run(work) });
  const run = async (work: (unit: UnitOfWork) => Promise<unknown>): Promise<unknown> => {
    const callers = new Set<Caller>();
    const wrote = (caller: Caller): unknown => callers.add(caller);
    try {
      const value = await parts.connections.unit((within) => {
        return work(unitOf({ ...parts, wrote, replicas: undefined, connections: within, directory: createDirectory(within) }));
      });
      if (parts.replicas !== undefined && callers.size > 0) {
        const position = await positionOf(parts.connections);
        for (const caller of callers) parts.lastWrites.note(caller, position);
      }
      return value;
    } finally {
      parts.directory.forget();
    }
  };
  return telling as Store["together"];
}

function unitOf(parts: WriteParts): UnitOfWork {
  const { directory, connections, schema } = parts;
  const fresh = <T>(ask: () => T): T => (directory.forget(), ask());
  return {
    ...tellFailures({ ...createReads(parts), write: createWrite(parts, () => undefined) }),
    directory: { home: (tenant) => fresh(() => directory.home(tenant)), reachable: (tenant, hub) => fresh(() => directory.reachable(tenant, hub)) },
    system: { hubs: () => hubs(connections, schema) },
  };
}

type WriteParts = Parameters<typeof createReads>[0] & { readonly wrote?: (caller: Caller) => unknown };
type Parts = WriteParts & { readonly connections: Connections };

function createWrite(parts: WriteParts, committed: (milliseconds: number) => void): Store["write"] {
  const { schema, connections, directory, lastWrites, now, steadyNow } = parts;
  return async (permitted, writeSet) => {
    requirePermitted(permitted);
    const from = performance.now();
    const numberOf = (hub: string): number => directory.knownNumber(hub) ?? 0;
    const { answer, numbers, position } = await applyWriteSet(connections.transaction, {
      schema,
      permitted,
      writeSet,
      numberOf,
      now: now(),
      steadyNow: steadyNow(),
    });
    for (const [hub, n] of numbers) directory.learnNumber(hub, n);
    const { scope } = permitted;
    if (writeSet.grants.length > 0 || writeSet.revokes !== undefined || scope.kind === "fleet" || !scope.hub.real) directory.forget();
    parts.wrote?.(permitted.caller);
    if (position !== undefined) lastWrites.note(permitted.caller, position);
    if (answer.kind === "written") committed(performance.now() - from);
    return answer;
  };
}
