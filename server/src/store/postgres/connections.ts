import { Pool, type PoolClient } from "pg";
import { DatabaseError } from "./databaseError.ts";
import { failureOf, endsConnection, type Failure } from "./failure.ts";
import { Lending } from "./lending.ts";
import { Pipeline, type ColumnReaders, type Result, type Statement } from "./pipeline.ts";
import { primaryClient } from "./primaryClient.ts";
import { walPosition } from "./walPosition.ts";
import { noteScope, scopeStatements, type DatabaseScope, type ScopeStatements } from "./scope.ts";

export interface ConnectionOptions {
  readonly url: string;
  /** Connections at most. */
  readonly connections?: number;
  /** Milliseconds that a statement may take. */
  readonly queryBudget: number;
  /** Whether the place in the write-ahead log is asked for behind each COMMIT. */
  readonly positions?: boolean;
  /** Told of every failure that is not a statement's own, and of success after one. */
  readonly onFailure?: (failure: Failure, error: unknown) => void;
}

/** A statement of a transaction, with the scope that it is run in where that is not the transaction's own. */
export interface Step extends Statement {
  readonly scope?: DatabaseScope;
}

/** A transaction of several round trips. */
export interface Transaction {
  /** Runs statements, one round trip; a failure's `statement` is an index of them. */
  readonly send: (steps: readonly Step[]) => Promise<Result[]>;
}

/** What a transaction's work gives: its value, and the statements to be run together with COMMIT (`undefined`: ROLLBACK instead). */
export interface Ending<T> {
  readonly commit: readonly Step[] | undefined;
  /** `position`: a place in the write-ahead log behind the COMMIT, where positions are asked for. */
  readonly value: (results: readonly Result[], position?: bigint) => T;
}

/** COMMIT was sent, and what became of it is not known. */
export class Unanswered extends Error {}

/** Connections to one PostgreSQL. What fails is a `DatabaseError` (`failureOf`) or `Unanswered`. */
export interface Connections {
  /** Runs statements as one transaction in one round trip: the result of each. Sent again where a connection turns out to be dead, so they must only read, or bear being run twice. */
  readonly run: (scope: DatabaseScope, statements: readonly Statement[]) => Promise<Result[]>;
  /** A transaction that decides on the way. Run again from its beginning after a deadlock or a failed serialization, so `work` must not change anything else. */
  readonly transaction: <T>(scope: DatabaseScope, work: (transaction: Transaction) => Promise<Ending<T>>) => Promise<T>;
  /** One transaction for all that `work` runs and writes on what it is given; nothing of it stands when `work` rejects. It is not run again. */
  readonly unit: <T>(work: (within: Within) => Promise<T>) => Promise<T>;
  readonly figures: () => { readonly connections: number; readonly busy: number; readonly waiting: number };
  readonly close: () => Promise<void>;
}

/** What works within a unit: as outside, but all on one connection, and later work sees what was written before. */
export type Within = Pick<Connections, "run" | "transaction">;

const system: DatabaseScope = { kind: "system" };
const mostAttempts = 6;
const connectWithin = 5000;

export function createConnections(options: ConnectionOptions): Connections {
  const lending = new Lending(createPool(options), { most: options.connections ?? usualConnections, patience: connectWithin });
  const sender = createSender();
  const { positions = false } = options;
  const scopes = scopeStatements({ statement: options.queryBudget, lock: 5000, idle: 10_000 });
  const persisting = { ...options, sender };
  const persistently = <T>(work: (client: PoolClient) => Promise<T>): Promise<T> => persist(() => lend(lending, work), persisting);
  return {
    async run(scope, statements) {
      const before = scopes(scope);
      const results = await persistently((client) => sender.send(client, [...before, ...statements]));
      noteScope(scope, results);
      return results.slice(before.length);
    },
    transaction: (scope, work) => persistently((client) => transact({ send: (statements) => sender.send(client, statements), scopes, scope, positions }, work)),
    unit: (work) =>
      lend(lending, (client) =>
        runUnit((steps) => transact({ send: (statements) => sender.send(client, statements), scopes, scope: system, positions: false }, steps), work),
      ).catch((error: unknown) => {
        const failure = failureOf(error);
        if (failure !== undefined) options.onFailure?.(failure, error);
        throw error;
      }),
    figures: () => lending.figures(),
    close: () => lending.close(),
  };
}

const usualConnections = 10;

function createPool({ url, connections = usualConnections }: ConnectionOptions): Pool {
  return new Pool({
    Client: primaryClient(url).Primary,
    max: connections,
    connectionTimeoutMillis: connectWithin,
    keepAlive: true,
    application_name: "secgraph",
  });
}

/** Sends pipelines, and knows what was prepared. */
interface Sender {
  readonly send: (client: PoolClient, statements: readonly Statement[]) => Promise<Result[]>;
  /** A table's columns have changed, or a pooler mixes statements up. */
  readonly forget: (state: string | undefined) => void;
}

function createSender(): Sender {
  const readers: ColumnReaders = new Map();
  /** Turned off for ever when a pooler is met that mixes prepared statements up. */
  let named = true;
  return {
    send(client, statements) {
      if (readers.size > mostReaders) readers.clear();
      return new Promise((resolve, reject) => void client.query(new Pipeline({ statements, readers, named }, { resolve, reject })));
    },
    forget(state) {
      if (state === "0A000") readers.clear();
      else named = false;
    },
  };
}

/** Lends a connection; one that failed is not used again. */
async function lend<T>(lending: Lending, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const taken = lending.take();
  const client = taken instanceof Promise ? await taken : taken;
  let failed = false;
  try {
    return await work(client);
  } catch (error) {
    failed = error instanceof Unanswered || endsConnection(failureOf(error));
    throw error;
  } finally {
    lending.give(client, failed);
  }
}

/** Tries again what may succeed then. */
async function persist<T>(work: () => Promise<T>, { onFailure, sender }: ConnectionOptions & { readonly sender: Sender }): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const failure = error instanceof Unanswered ? "unreachable" : failureOf(error);
      if (failure === "statement") sender.forget((error as DatabaseError).state);
      if (error instanceof Unanswered || failure === undefined || attempt >= (attempts[failure] ?? 1)) {
        if (failure !== undefined) onFailure?.(failure, error);
        throw error;
      }
      if (failure === "conflict") await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** attempt));
    }
  }
}

const mostReaders = 5000;
const attempts: Partial<Record<Failure, number>> = { conflict: mostAttempts, statement: 3, unreachable: 2 };

interface Transacting {
  readonly send: (statements: readonly Statement[]) => Promise<Result[]>;
  readonly scopes: ScopeStatements;
  /** Of steps that name none. */
  readonly scope: DatabaseScope;
  readonly positions: boolean;
}

const beginning: Statement = { sql: "BEGIN", values: [] };
const commit: Statement = { sql: "COMMIT", values: [] };
/** Behind COMMIT, in a transaction of its own. */
const position: Statement = { sql: "SELECT pg_current_wal_insert_lsn()::text", values: [] };
const rollback: Statement = { sql: "ROLLBACK", values: [] };
const mark: Step = { sql: "SAVEPOINT member", values: [] };
const keep: Step = { sql: "RELEASE SAVEPOINT member", values: [] };
const undo: Step = { sql: "ROLLBACK TO SAVEPOINT member", values: [] };

async function transact<T>({ send, scopes, scope, positions }: Transacting, work: (transaction: Transaction) => Promise<Ending<T>>): Promise<T> {
  let begun = false;
  let current: DatabaseScope | undefined;
  const sendSteps = async (steps: readonly Step[], ending: readonly Statement[] = []): Promise<Result[]> => {
    const flat: Statement[] = begun ? [] : [beginning];
    begun = true;
    const places = steps.map((step) => {
      const own = step.scope ?? scope;
      // After a failure nothing else is taken.
      if (own !== current && step.sql !== undo.sql) flat.push(...scopes(own));
      current = own;
      return flat.push(step) - 1;
    });
    // Settings that a savepoint brings back are those of before.
    if (steps.some(({ sql }) => sql === undo.sql)) current = undefined;
    try {
      const results = await send([...flat, ...ending]);
      return [...places.map((place) => results[place]!), ...results.slice(flat.length)];
    } catch (error) {
      throw error instanceof DatabaseError && error.statement !== undefined ? error.at(placeOf(error.statement, places, flat.length)) : error;
    }
  };
  try {
    const { commit: last, value } = await work({ send: sendSteps });
    if (last !== undefined) {
      const results = await finish(sendSteps, last, positions ? [commit, position] : [commit]);
      return value(results, walPosition(results[last.length + 1]?.rows[0]?.[0]));
    }
    if (begun) await send([rollback]);
    return value([]);
  } catch (error) {
    if (begun && !(error instanceof Unanswered) && !endsConnection(failureOf(error))) await send([rollback]);
    throw error;
  }
}

/** The step at a place of a round trip, -1 for none (what puts into a scope), and the number of steps for COMMIT. */
function placeOf(statement: number, places: readonly number[], flat: number): number {
  return statement >= flat ? places.length : places.indexOf(statement);
}

/** Runs the last statements and COMMIT: their results. */
async function finish(
  send: (steps: readonly Step[], ending: readonly Statement[]) => Promise<Result[]>,
  steps: readonly Step[],
  ending: readonly Statement[],
): Promise<Result[]> {
  try {
    return await send(steps, ending);
  } catch (error) {
    // A statement that failed was not followed by COMMIT; without an answer COMMIT may have been carried out.
    if (!(error instanceof DatabaseError) || (error.statement !== undefined && error.statement < steps.length)) throw error;
    throw new Unanswered("COMMIT was not answered.", { cause: error });
  }
}

type Send = Transaction["send"];

/** Runs a unit in an open transaction: one piece of its work after the other, writes within a savepoint each. */
function runUnit<T>(begin: (work: (transaction: Transaction) => Promise<Ending<T>>) => Promise<T>, work: (within: Within) => Promise<T>): Promise<T> {
  return begin(async ({ send }) => {
    const value = await work(withinUnit(send));
    return { commit: [], value: () => value };
  });
}

/** What a unit reads of a hub it decides on: others write there when it has ended, or its writes would find rows moved again and again. */
const hold = `SELECT 1 FROM "hubs" WHERE "n" = $1 FOR UPDATE`;

function withinUnit(send: Send): Within {
  const held = new Set<number>();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
  return {
    run: (scope, statements) =>
      inTurn(async () => {
        const steps = statements.map((statement) => ({ ...statement, scope }));
        if (scope.kind !== "hub" || scope.n === 0 || held.has(scope.n)) return send(steps);
        held.add(scope.n);
        return (await send([{ sql: hold, values: [scope.n], scope }, ...steps])).slice(1);
      }),
    transaction: (scope, work) => inTurn(() => runMember(send, scope, work)),
  };
}

/** A write of a unit: undone by itself when it fails or is given up. */
async function runMember<T>(send: Send, scope: DatabaseScope, work: (transaction: Transaction) => Promise<Ending<T>>): Promise<T> {
  const inScope: Send = (steps) => send(steps.map((step) => ({ scope, ...step })));
  await inScope([mark]);
  try {
    const { commit: steps, value } = await work({ send: inScope });
    const results = await inScope([...(steps ?? []), steps === undefined ? undo : keep]);
    return value(results);
  } catch (error) {
    if (!endsConnection(failureOf(error))) await inScope([undo]);
    throw error;
  }
}
