import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { catchUp, followersOf, keepFollowing, type Follower } from "../../process/following.ts";
import { crashEnv } from "../../process/crashRounds.ts";
import { exchange, type Received, type Sent } from "../../process/exchange.ts";
import { program, startServer, type ServerProcess } from "../../process/server.ts";
import { tokenOf } from "../../process/tokenOf.ts";
import { randomOf, type Random } from "../../process/randomOf.ts";
import { recount, type Fates } from "../../process/recount.ts";
import { keepWriting, type Ledger, type Round, type Writer } from "../../process/writing.ts";
import { asSuperuser } from "../databases.ts";
import { startPostgres, type PostgresOptions, type PostgresServer } from "../startPostgres.ts";
import { startCuttingProxy, type CuttingProxy } from "./cuttingProxy.ts";
import { inspectPostgres } from "./inspectPostgres.ts";
import { createPatience, type Patience } from "./patientExchange.ts";

/** A durable database, a server over it, and writers that keep what was acknowledged. */
export interface FaultGround {
  readonly postgres: PostgresServer;
  readonly proxy: CuttingProxy;
  readonly patience: Patience;
  readonly random: Random;
  /** Asks the server once. */
  readonly ask: (sent: Sent) => Promise<Received | undefined>;
  /** A token that no server has seen yet. */
  readonly freshToken: () => Promise<string>;
  /** Ends the server as it stands and starts another on the same port. */
  readonly killServer: () => Promise<void>;
  /** Runs a strike while the writers write, `rounds` times, and recounts after each. `strike` resolves when everything is there again. */
  readonly rounds: (rounds: number, strike: (ground: FaultGround) => Promise<void>) => Promise<FaultReport>;
  readonly stop: () => Promise<void>;
}

export interface FaultReport {
  readonly faults: readonly string[];
  readonly acknowledged: number;
  /** Milliseconds from the end of each strike until a write was acknowledged. */
  readonly recoveries: readonly number[];
  readonly line: string;
}

export interface GroundSettings extends PostgresOptions {
  readonly writers?: number;
  readonly seed: number;
}

const tenants = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] as const;

export async function openFaultGround({ writers: count = 12, seed, ...options }: GroundSettings): Promise<FaultGround> {
  const random = randomOf(seed);
  const postgres = await startPostgres({ durable: true, ...options });
  const proxy = await startCuttingProxy(postgres.port, random);
  const url = postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`);
  const data = mkdtempSync(join(tmpdir(), "secgraph-ground-"));
  let server = await serve(url, { data, port: 0 });
  const peer = { port: server.port, agent: new Agent({ keepAlive: true }) };
  const patience = createPatience(peer);
  const tokens = new Map<string, string>();
  for (const tenant of tenants) tokens.set(tenant, await tokenOf(peer, data, tenant));
  const writers = Array.from({ length: count }, (_, index): Writer => {
    return { name: `w${index}`, tenant: tenants[index % tenants.length]!, random: randomOf(seed * 1000 + index), hot: [], count: 0 };
  });
  const ledger: Ledger = { kept: new Map(), removed: new Map(), touched: new Set(), unanswered: [], faults: [], acknowledged: 0 };
  const followers = followersOf(tenants);
  const ground: FaultGround = {
    postgres,
    proxy,
    patience,
    random,
    ask: (sent) => exchange(peer, sent),
    freshToken: () => tokenOf(peer, data, tenants[0]),
    async killServer() {
      await server.kill();
      server = await serve(url, { data, port: server.port });
    },
    rounds: (rounds, strike) =>
      runRounds({ ground, writers, followers, ledger, round: () => ({ peer, tokens, over: false, ask: patience.ask }) }, rounds, strike),
    async stop() {
      peer.agent.destroy();
      await server.kill();
      await proxy.close();
      await postgres.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return ground;
}

/** The program as people start it, with everything that a request goes through: tokens of the built-in issuer, whose memory is in the database too. */
function serve(url: string, { data, port }: { readonly data: string; readonly port: number }): Promise<ServerProcess> {
  const rates = { SECGRAPH_RATE_READS: "off", SECGRAPH_RATE_WRITES: "off" };
  return startServer({ command: [...program, "emulator"], data, env: { ...crashEnv, ...rates, DATABASE_URL: url, PORT: String(port) } });
}

interface Running {
  readonly ground: FaultGround;
  readonly writers: readonly Writer[];
  readonly followers: readonly Follower[];
  readonly ledger: Ledger;
  readonly round: () => Round;
}

/** Acknowledged writes before a strike, and after it. */
const [before, after] = [60, 30];

async function runRounds(
  { ground, writers, followers, ledger, round }: Running,
  rounds: number,
  strike: (ground: FaultGround) => Promise<void>,
): Promise<FaultReport> {
  const { patience, postgres, random } = ground;
  const [from, unknownBefore, refusals] = [ledger.acknowledged, patience.unknown(), new Map(patience.refusals)];
  const fates: Fates = { whole: 0, absent: 0 };
  const faults: string[] = [];
  const recoveries: number[] = [];
  for (let number = 1; number <= rounds; number += 1) {
    const current = round();
    const writing = [...writers.map((writer) => keepWriting(writer, current, ledger)), ...followers.map((one) => keepFollowing(one, current))];
    await acknowledgedBy(ledger, before);
    await sleep(random.between(0, 300));
    await strike(ground);
    const whole = performance.now();
    recoveries.push((await Promise.race([patience.nextWrite(), sleep(90_000, Infinity)])) - whole);
    await acknowledgedBy(ledger, after);
    current.over = true;
    await Promise.all(writing);
    await quiet(postgres.url);
    const differences = await recount(current, ledger, { writers, fates, all: number === rounds });
    for (const follower of followers) differences.push(...(await catchUp(follower, current, ledger)));
    faults.push(...[...ledger.faults.splice(0), ...patience.faults.splice(0), ...differences].map((text) => `${text} (round ${number})`));
  }
  const store = await inspectPostgres(postgres.url);
  faults.push(...store.faults.map((text) => `contradiction: ${text}`));
  const acknowledged = ledger.acknowledged - from;
  const refused = [...patience.refusals].map(([status, n]) => `${n - (refusals.get(status) ?? 0)} x ${status}`).join(", ");
  const line =
    `${rounds} rounds, ${writers.length} writers, ${acknowledged} writes acknowledged, ${faults.length} faults; ${patience.unknown() - unknownBefore} of unknown outcome ` +
    `(${fates.whole} whole, ${fates.absent} absent); refused ${refused || "none"}; writes again after ${recoveries.map(Math.round).join(", ")} ms; ${store.rows} rows, ${store.changes} changes, ${store.audits} audit rows`;
  return { faults, acknowledged, recoveries, line };
}

async function acknowledgedBy(ledger: Ledger, more: number): Promise<void> {
  const enough = ledger.acknowledged + more;
  for (const until = Date.now() + 60_000; ledger.acknowledged < enough && Date.now() < until;) await sleep(10);
}

/** Nothing that was sent before is still at work in the database. */
async function quiet(url: string): Promise<void> {
  const busy = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'secgraph' AND state <> 'idle'`;
  for (const until = Date.now() + 60_000; (await asSuperuser(url, busy)).length > 0 && Date.now() < until;) await sleep(50);
}
