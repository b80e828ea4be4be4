import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { catchUp, followersOf, keepFollowing, type Follower } from "./following.ts";
import type { Inspection } from "./inspecting.ts";
import { randomOf } from "./randomOf.ts";
import { recount } from "./recount.ts";
import type { Fates } from "./recount.ts";
import type { ServerProcess } from "./server.ts";
import { tokenOf } from "./tokenOf.ts";
import { keepWriting } from "./writing.ts";
import type { Ledger, Round, Writer } from "./writing.ts";

/** How a server comes to be, how it goes, and what is left: one for each kind of crash and each store. */
export interface Crash {
  /** Starts the server on what is there. */
  readonly start: () => Promise<ServerProcess>;
  /** Ends it as it stands, and leaves what such an end leaves. */
  readonly strike: (server: ServerProcess) => Promise<unknown>;
  /** What `audit verify` finds wrong with the trails, beside the server; one line for each. */
  readonly verify?: () => Promise<readonly string[]>;
  /** What the store holds once all is over, and where it contradicts itself. */
  readonly inspect: () => Inspection;
}

export interface CrashSettings {
  readonly rounds: number;
  readonly writers: number;
  readonly seed: number;
  /** Acknowledged writes of a round; then it goes on for so many milliseconds at random, from and to, until the crash. */
  readonly writes: number;
  readonly window: readonly [number, number];
}

/** What the rounds have shown. */
export interface CrashReport {
  /** Every difference between what was acknowledged and what was there; none is what was promised. */
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly fates: Fates;
  /** Milliseconds of the starts after the crashes, in their order. */
  readonly starts: readonly number[];
  readonly rows: number;
  /** All of it in one line. */
  readonly line: string;
}

const tenants = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] as const;

/** One name for the server on every port: answers can be compared byte for byte. */
export const crashEnv = { SECGRAPH_PUBLIC_URL: "http://hub.example", SECGRAPH_TLS_PORT: "off" };

/** Writes, crashes, starts again on what is left and recounts, so many times; in the end looks into the store. */
export async function crashRounds(crash: Crash, { rounds, writers: count, seed, writes, window }: CrashSettings): Promise<CrashReport> {
  const random = randomOf(seed);
  const writers = Array.from({ length: count }, (_, index): Writer => {
    const own = randomOf(seed * 1000 + index);
    return { name: `w${index}`, tenant: tenants[index % tenants.length]!, random: own, hot: [], count: 0 };
  });
  const ledger: Ledger = { kept: new Map(), removed: new Map(), touched: new Set(), unanswered: [], faults: [], acknowledged: 0 };
  const fates: Fates = { whole: 0, absent: 0 };
  const followers = followersOf(tenants);
  const faults: string[] = [];
  const starts: number[] = [];
  let server = await crash.start();
  for (let number = 1; number <= rounds; number += 1) {
    await writeUntilStruck(server, crash, { writers, followers, ledger, writes, milliseconds: random.between(...window) });
    server = await crash.start();
    starts.push(server.startup);
    const round = await openRound(server);
    const differences = await recount(round, ledger, { writers, fates, all: number === rounds });
    for (const follower of followers) differences.push(...(await catchUp(follower, round, ledger)));
    round.peer.agent.destroy();
    // The longer a trail, the longer it takes: of many rounds every tenth.
    if (number <= 20 || number % 10 === 0) differences.push(...((await crash.verify?.()) ?? []));
    faults.push(...[...ledger.faults.splice(0), ...differences].map((text) => `${text} (round ${number}, seed ${seed})`));
  }
  const file = crash.inspect();
  faults.push(...file.faults.map((text) => `contradiction: ${text}`), ...(await ending(server)));
  const { acknowledged } = ledger;
  const { rows } = file;
  return { faults, acknowledged, fates, starts, rows, line: inOneLine({ rounds, writers: count, acknowledged, faults, fates, starts, file }) };
}

async function ending(server: ServerProcess): Promise<readonly string[]> {
  server.signal("SIGTERM");
  const { code } = await server.ended;
  return code === 0 ? [] : [`end: the server ended with ${code}`];
}

interface Figures extends Omit<CrashReport, "rows" | "line"> {
  readonly rounds: number;
  readonly writers: number;
  readonly file: Inspection;
}

function inOneLine({ rounds, writers, acknowledged, faults, fates, starts, file }: Figures): string {
  const count = (...kinds: readonly string[]): number => faults.filter((text) => kinds.some((kind) => text.startsWith(kind))).length;
  const named = {
    lost: count("lost"),
    torn: count("torn", "other bytes"),
    undead: count("undead"),
    untold: count("missed", "out of order", "follower"),
    contradictions: count("contradiction"),
  };
  const others = faults.length - Object.values(named).reduce((sum, one) => sum + one, 0);
  return (
    `${rounds} rounds, ${writers} writers, ${acknowledged} writes acknowledged: ${named.lost} lost, ${named.torn} torn, ${named.undead} undead, ` +
    `${named.contradictions} contradictions, ${named.untold} changes missed or out of order by those who follow them, ${others} other faults; of those never answered ${fates.whole} whole and ${fates.absent} absent; ` +
    `starts of ${Math.round(median(starts))} ms, at most ${Math.round(Math.max(...starts))} ms; ${file.rows} rows, ${file.sideRows} side rows, ${file.changes} changes, ${file.audits} audit rows`
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

interface Writing {
  readonly writers: readonly Writer[];
  readonly followers: readonly Follower[];
  readonly ledger: Ledger;
  readonly writes: number;
  readonly milliseconds: number;
}

/** Milliseconds that the acknowledged writes of a round may take. */
const patience = 60_000;

async function writeUntilStruck(server: ServerProcess, crash: Crash, { writers, followers, ledger, writes, milliseconds }: Writing): Promise<void> {
  const round = await openRound(server);
  const writing = [...writers.map((writer) => keepWriting(writer, round, ledger)), ...followers.map((follower) => keepFollowing(follower, round))];
  const enough = ledger.acknowledged + writes;
  for (const until = Date.now() + patience; ledger.acknowledged < enough && ledger.faults.length === 0 && Date.now() < until;) await sleep(5);
  await sleep(milliseconds);
  round.over = true;
  await crash.strike(server);
  await Promise.all(writing);
  round.peer.agent.destroy();
}

async function openRound({ port, data }: ServerProcess): Promise<Round> {
  const peer = { port, agent: new Agent({ keepAlive: true }) };
  const tokens = new Map<string, string>();
  for (const tenant of tenants) tokens.set(tenant, await tokenOf(peer, data, tenant));
  return { peer, tokens, over: false };
}
