import type { ReplicaFigures } from "../store.ts";
import { createConnections, type Connections } from "./connections.ts";
import { failureOf } from "./failure.ts";
import type { Result, Statement } from "./pipeline.ts";
import type { DatabaseScope } from "./scope.ts";
import { walPosition } from "./walPosition.ts";

export interface ReplicaOptions {
  /** Hot standbys of the primary. */
  readonly urls: readonly string[];
  readonly primary: Pick<Connections, "run">;
  /** Connections to each at most. */
  readonly connections: number;
  readonly queryBudget: number;
  /** Milliseconds that a standby may be behind the primary and still be read. */
  readonly lag: number;
}

/** Reads that may be answered by a hot standby. */
export interface Replicas {
  /** Runs statements that read on a standby that has come as far as `least`, else on the primary. */
  readonly run: (scope: DatabaseScope, statements: readonly Statement[], least: bigint) => Promise<Result[]>;
  readonly figures: () => readonly ReplicaFigures[];
  readonly close: () => Promise<void>;
}

interface Standby {
  readonly name: string;
  readonly connections: Connections;
  /** How far it had come when it was last asked; undefined while it is left out. */
  replayed: bigint | undefined;
  reads: number;
}

interface Sample {
  readonly at: number;
  readonly position: bigint;
}

const probeEvery = 250;
const mostSamples = 1000;
const position: Statement = { sql: "SELECT pg_current_wal_insert_lsn()::text", values: [] };
/** One that was promoted is no standby of this primary any longer. */
const replay: Statement = { sql: "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()::text", values: [] };

export function createReplicas({ urls, primary, connections, queryBudget, lag }: ReplicaOptions): Replicas {
  const standbys = urls.map((url): Standby => {
    return { name: nameOf(url), connections: createConnections({ url, connections, queryBudget }), replayed: undefined, reads: 0 };
  });
  const samples: Sample[] = [];
  let turn = 0;
  const behind = ({ replayed }: Standby): number => {
    const covered = replayed === undefined ? undefined : samples.findLast(({ position: to }) => to <= replayed);
    return covered === undefined ? Infinity : performance.now() - covered.at;
  };
  const fits = (one: Standby, least: bigint): boolean => one.replayed !== undefined && one.replayed >= least && behind(one) <= lag;

  function pick(least: bigint): Standby | undefined {
    turn += 1;
    for (let step = 0; step < standbys.length; step += 1) {
      const one = standbys[(turn + step) % standbys.length]!;
      if (fits(one, least)) return one;
    }
    return undefined;
  }

  async function sample(): Promise<void> {
    const at = performance.now();
    samples.push({ at, position: await positionOf(primary) });
    if (samples.length > mostSamples) samples.shift();
  }

  const probe = async (one: Standby): Promise<void> => void note(one, (await one.connections.run({ kind: "system" }, [replay]))[0]);
  const beat = createBeat(async () => {
    await sample().catch(() => undefined);
    await Promise.all(standbys.map((one) => probe(one).catch(() => void (one.replayed = undefined))));
  });

  return {
    async run(scope, statements, least) {
      const one = pick(least);
      if (one === undefined) return primary.run(scope, statements);
      return (await askStandby(one, least, (before) => one.connections.run(scope, [...before, ...statements]))) ?? primary.run(scope, statements);
    },
    figures: () => standbys.map((one) => ({ name: one.name, used: fits(one, 0n), lag: behind(one) / 1000, reads: one.reads })),
    async close() {
      await beat.stop();
      await Promise.all(standbys.map((one) => one.connections.close()));
    },
  };
}

/** How far the write-ahead log of a primary goes. */
export async function positionOf({ run }: Pick<Connections, "run">): Promise<bigint> {
  const [result] = await run({ kind: "system" }, [position]);
  return walPosition(result!.rows[0]![0])!;
}

/** What a standby answers; undefined where the primary is to be asked instead. */
async function askStandby(one: Standby, least: bigint, ask: (before: readonly Statement[]) => Promise<Result[]>): Promise<Result[] | undefined> {
  try {
    // What is read behind this sees at least as much.
    const [at, ...results] = await ask([replay]);
    if (!note(one, at) || one.replayed! < least) return undefined;
    one.reads += 1;
    return results;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined || failure === "time") throw error;
    if (failure === "unreachable" || failure === "rights") one.replayed = undefined;
    return undefined;
  }
}

/** Notes how far a standby says it has come; false when it is none. */
function note(one: Standby, answer: Result | undefined): boolean {
  const [isStandby, replayed] = answer?.rows[0] ?? [];
  one.replayed = isStandby === 1 ? walPosition(replayed) : undefined;
  return one.replayed !== undefined;
}

/** Host and port, without what is secret in a URL. */
function nameOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || "5432"}`;
}

/** Does something again and again, with a pause between. */
function createBeat(work: () => Promise<void>): { readonly stop: () => Promise<void> } {
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const next = (): void => {
    running = work().then(() => {
      if (!over) timer = setTimeout(next, probeEvery).unref();
    });
  };
  next();
  return {
    async stop() {
      over = true;
      clearTimeout(timer);
      await running;
    },
  };
}
